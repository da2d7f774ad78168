// Sends recordings in parts, several at once, and goes on where it stopped after a lost connection or a reload.
const PART = 8 * 1024 * 1024;
const AT_ONCE = 3;
const PAUSES = [1, 2, 5, 10, 30];
const REMEMBERED = ["ground", "language", "channel", "seller"];

const say = JSON.parse(document.getElementById("texts").textContent);
const form = document.getElementById("upload");
const list = document.getElementById("list");
const send = document.getElementById("send");
const largest = Number(form.dataset.largest);
const endings = form.dataset.endings.split(" ");
const items = [];
let unfinished = [];

function text(key, fields = {}) {
  return Object.entries(fields).reduce((found, [name, value]) => found.replaceAll(`{${name}}`, value), say[key]);
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function megabytes(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1048576).toFixed(bytes < 1e8 ? 1 : 0)} MB` : `${Math.ceil(bytes / 1024)} kB`;
}

async function ask(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { accept: "application/json", ...options.headers } });
  if (answer.status === 204) return { status: 204, said: {} };
  if (!(answer.headers.get("content-type") || "").startsWith("application/json")) { location.reload(); throw new Error("login"); }
  return { status: answer.status, said: await answer.json() };
}

function problem(file) {
  const dot = file.name.lastIndexOf(".");
  if (!endings.includes(dot < 0 ? "" : file.name.slice(dot).toLowerCase())) return text("no_kind");
  if (file.size === 0) return text("empty");
  if (file.size > largest) return text("too_large", { size: megabytes(largest) });
  return "";
}

async function add(files) {
  const fresh = [];
  for (const file of files) {
    const known = unfinished.find((one) => same(one, file));
    if (known) resume(known, file);
    else fresh.push(row(file, problem(file)));
  }
  const good = fresh.filter((item) => item.date);
  if (good.length) {
    const asked = good.map((item) => ({ name: item.file.name, modified: item.file.lastModified }));
    try {
      const { said } = await ask("/uploads/guess", { method: "POST", body: JSON.stringify({ files: asked }) });
      good.forEach((item, place) => { if (!item.date.value) item.date.value = said.dates[place] || ""; });
    } catch { /* a date can be filled in by hand */ }
  }
  ready();
}

function row(file, wrong) {
  const item = { file, key: "", ref: crypto.getRandomValues(new Uint32Array(4)).join("-"), state: wrong ? "wrong" : "new" };
  item.bar = make("progress", { max: 1, value: 0, hidden: true });
  item.bar.setAttribute("aria-label", file.name);
  item.note = make("span", { className: wrong ? "note wrong" : "soft", textContent: wrong });
  item.button = make("button", { type: "button", textContent: say.remove });
  item.button.addEventListener("click", () => (item.again ? item.again() : leave(item)));
  item.line = make("li", { className: "card" },
    make("div", { className: "row" }, make("strong", { className: "grow", textContent: file.name }),
      make("span", { className: "soft", textContent: megabytes(file.size) }), item.button));
  if (!wrong) {
    item.client = make("input", { maxLength: 120, autocomplete: "off" });
    item.date = make("input", { type: "date" });
    item.fields = make("div", { className: "grid" },
      make("label", {}, make("span", { textContent: say.client }), item.client),
      make("label", {}, make("span", { textContent: say.date }), item.date));
    item.line.append(item.fields);
  }
  item.line.append(item.bar, item.note);
  list.append(item.line);
  items.push(item);
  return item;
}

function ready() {
  send.disabled = !items.some((item) => item.state === "new");
}

function tell(item, state, note, kind = "soft") {
  item.state = state;
  item.note.className = kind;
  item.note.textContent = note;
}

async function leave(item) {
  const { state } = item;
  item.state = "stopped";
  if (item.request) item.request.abort();
  if (state === "new" || state === "wrong") {
    items.splice(items.indexOf(item), 1);
    item.line.remove();
  } else {
    if (item.key) await ask(`/uploads/${item.key}`, { method: "DELETE" }).catch(() => {});
    tell(item, "stopped", say.stopped);
    item.bar.hidden = item.button.hidden = true;
  }
  ready();
  next();
}

function details(item) {
  const given = Object.fromEntries(new FormData(form).entries());
  delete given.files;
  return { ...given, client: item.client ? item.client.value : "", date: item.date ? item.date.value : "" };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  try { for (const name of REMEMBERED) if (form.elements[name]) localStorage.setItem(`upload.${name}`, form.elements[name].value); } catch { /* private window */ }
  document.getElementById("done").hidden = true;
  for (const item of items) {
    if (item.state !== "new") continue;
    item.details = details(item);
    item.fields.hidden = true;
    item.button.textContent = say.cancel;
    tell(item, "waiting", say.waiting);
  }
  ready();
  next();
});

function next() {
  const busy = items.filter((item) => item.state === "sending").length;
  items.filter((item) => item.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy)).forEach(start);
  const over = items.length && items.every((item) => ["kept", "stopped", "wrong", "refused"].includes(item.state));
  if (over && items.some((item) => item.state === "kept")) {
    const done = document.getElementById("done");
    const all = items.every((item) => item.state === "kept");
    done.replaceChildren(`${all ? say.done : say.done_some} `, make("a", { href: "/", textContent: say.to_calls }));
    done.hidden = false;
  }
}

async function start(item) {
  tell(item, "sending", say.waiting);
  item.again = null;
  item.bar.hidden = false;
  for (let tries = 0; item.state === "sending";) {
    try {
      if (await whole(item)) break;
      tries = 0;
    } catch (error) {
      if (item.state !== "sending") break;
      if (error.refused) { refuse(item, error); break; }
      tell(item, "sending", say.lost);
      await new Promise((resolve) => setTimeout(resolve, 1000 * PAUSES[Math.min(tries++, PAUSES.length - 1)]));
      item.offset = null;
    }
  }
  next();
}

// Sends the next part; true when the call is kept.
async function whole(item) {
  if (!item.key) {
    const { file, ref } = item;
    const about = { ...item.details, name: file.name, size: file.size, modified: file.lastModified, ref };
    const { status, said } = await ask("/uploads", { method: "POST", body: JSON.stringify(about) });
    judge(status, said);
    item.key = said.key;
    item.offset = said.offset;
    if (item.state !== "sending") { await ask(`/uploads/${item.key}`, { method: "DELETE" }).catch(() => {}); return true; }
  }
  if (item.offset === null || item.offset === undefined) {
    const { status, said } = await ask(`/uploads/${item.key}`);
    judge(status, said);
    if (said.call) return kept(item, said.call);
    item.offset = said.offset;
  }
  const { status, said } = await part(item);
  if (status === 409 || status === 423) throw new Error("elsewhere");
  judge(status, said);
  item.offset = said.offset;
  return said.call ? kept(item, said.call) : false;
}

function judge(status, said) {
  if (status < 400) return;
  if (status === 503 || status === 502 || status === 504) throw new Error("away");
  throw Object.assign(new Error(said.error || ""), { refused: true, again: status === 507 || status === 429 || status >= 500 });
}

function part(item) {
  const { file, offset } = item;
  const blob = file.slice(offset, offset + PART);
  return new Promise((resolve, reject) => {
    const request = (item.request = new XMLHttpRequest());
    request.open("PATCH", `/uploads/${item.key}`);
    request.setRequestHeader("upload-offset", offset);
    request.setRequestHeader("content-type", "application/offset+octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => show(item, (offset + event.loaded) / file.size);
    request.onload = () => {
      try { resolve({ status: request.status, said: JSON.parse(request.responseText) }); } catch (error) { reject(error); }
    };
    request.onerror = request.onabort = request.ontimeout = () => reject(new Error("lost"));
    request.send(blob);
  });
}

function show(item, share) {
  if (item.state !== "sending") return;
  item.bar.value = share;
  tell(item, "sending", share >= 1 ? say.checking : text("sending", { percent: Math.floor(100 * share) }));
}

function kept(item, call) {
  item.bar.value = 1;
  item.button.hidden = true;
  tell(item, "kept", "");
  item.note.append(make("span", { className: "tag done", textContent: say.kept }), " ", make("a", { href: `/calls/${call}`, textContent: say.open }));
  return true;
}

function refuse(item, error) {
  tell(item, error.again ? "failed" : "refused", `${error.again ? say.failed : say.refused}: ${error.message}`, "note wrong");
  item.bar.hidden = true;
  item.button.hidden = !error.again;
  if (error.again) {
    item.button.textContent = say.again;
    item.again = () => { item.button.textContent = say.cancel; item.offset = null; tell(item, "waiting", say.waiting); item.again = null; next(); };
  }
}

function same(upload, file) {
  return upload.name === file.name && upload.size === file.size && (!upload.modified || upload.modified === file.lastModified);
}

function resume(upload, file) {
  unfinished = unfinished.filter((one) => one !== upload);
  if (upload.line) upload.line.remove();
  document.getElementById("unfinished").hidden = !unfinished.length;
  const item = row(file, "");
  item.key = upload.key;
  item.offset = null;
  item.fields.hidden = true;
  item.button.textContent = say.cancel;
  item.bar.value = upload.offset / upload.size;
  tell(item, "waiting", say.waiting);
  next();
}

async function remember() {
  const { status, said } = await ask("/uploads");
  if (status !== 200) return;
  unfinished = said.uploads;
  document.getElementById("unfinished").hidden = !unfinished.length;
  const place = document.getElementById("open");
  for (const upload of unfinished) {
    const note = make("span", { className: "soft", textContent: `${megabytes(upload.offset)} / ${megabytes(upload.size)}` });
    const input = make("input", { type: "file", className: "away", id: `again-${upload.key}` });
    const drop = make("button", { type: "button", textContent: say.cancel });
    upload.line = make("li", { className: "card row" }, make("strong", { className: "grow", textContent: upload.name }), note,
      make("label", { className: "button", htmlFor: input.id, textContent: text("again_file", { name: "" }).trim() }), input, drop);
    input.setAttribute("aria-label", text("again_file", { name: upload.name }));
    drop.setAttribute("aria-label", `${say.cancel}: ${upload.name}`);
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (file && same(upload, file)) resume(upload, file);
      else if (file) note.textContent = text("other_file", { name: upload.name });
    });
    drop.addEventListener("click", async () => {
      await ask(`/uploads/${upload.key}`, { method: "DELETE" });
      unfinished = unfinished.filter((one) => one !== upload);
      upload.line.remove();
      document.getElementById("unfinished").hidden = !unfinished.length;
    });
    place.append(upload.line);
  }
}

const drop = document.getElementById("drop");
for (const name of ["dragenter", "dragover"]) window.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) window.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
window.addEventListener("drop", (event) => add([...event.dataTransfer.files]));
document.getElementById("files").addEventListener("change", (event) => { add([...event.target.files]); event.target.value = ""; });
window.addEventListener("beforeunload", (event) => {
  if (items.some((item) => ["sending", "waiting"].includes(item.state))) event.preventDefault();
});
try {
  for (const name of REMEMBERED) {
    const value = localStorage.getItem(`upload.${name}`);
    const field = form.elements[name];
    if (field && value !== null && (field.tagName !== "SELECT" || [...field.options].some((one) => one.value === value))) field.value = value;
  }
} catch { /* private window */ }
// Files that were chosen before this script was there.
remember().catch(() => {}).then(() => { const chosen = document.getElementById("files"); if (chosen.files.length) add([...chosen.files]); });
