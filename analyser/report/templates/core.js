// What every part of the page needs. Text of the call is only ever set as text, never as markup.
const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const data = JSON.parse($("#data").textContent);
root.classList.add("on");

const say = (key, fields = {}) =>
  data.say[key].replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole));

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function element(name, look, text) {
  const made = document.createElement(name);
  if (look) made.className = look;
  if (text !== undefined) made.textContent = text;
  return made;
}

function tell(text) {
  $("#news").textContent = "";
  setTimeout(() => { $("#news").textContent = text; }, 50);
}

function save(name, text) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The browser's own store, or the page's memory where there is none.
const memory = {};
const store = {
  kept: true,
  get(key) {
    try { return localStorage.getItem(key) ?? memory[key] ?? null; } catch { return memory[key] ?? null; }
  },
  set(key, text) {
    memory[key] = text;
    try { localStorage.setItem(key, text); } catch { this.kept = false; }
  },
  remove(key) {
    delete memory[key];
    try { localStorage.removeItem(key); } catch { this.kept = false; }
  },
};
const storeKey = (part) => `analyser/${part}/${data.recording || data.title}`;

// The last place at or before `wanted` in rows sorted by `at`.
function lastBefore(rows, wanted, at) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(rows[middle]) <= wanted) low = middle + 1; else high = middle;
  }
  return low - 1;
}

const moments = $$(".card").map((card) => ({
  card,
  key: card.dataset.key,
  kind: card.dataset.key.split("@")[0],
  start: Number($(".play", card).dataset.from ?? 0),
  name: $("h3", card).textContent,
}));

// Lines of the transcript with their word times; a written conversation has one estimated stretch for each.
const lines = $$("#script .text > span").map((shown) => {
  const number = shown.id.slice(1);
  const packed = data.words[number];
  const times = unpack(packed);
  return { shown, number, packed, start: times[0].start, end: times.at(-1).end, turn: shown.closest(".turn") };
});
const byNumber = new Map(lines.map((line) => [line.number, line]));
lines.sort((a, b) => a.start - b.start);
const speakerOf = (line) => $("b", line.turn).textContent;
const actsOf = (line) => (data.does[line.number] || "").split(" ").filter(Boolean).map((pair) => {
  const [place, certainty] = pair.split(".");
  const [name, family] = data.acts[place];
  return { name, family, certainty };
});

function unpack(packed) {
  let here = 0;
  return packed.split(" ").map((pair) => {
    const [step, length] = pair.length === 2 ? pair : pair.split(".");
    here += parseInt(step, 36);
    return { start: here / 50, end: (here + parseInt(length, 36)) / 50 };
  });
}

$("#theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  store.set("analyser/theme", root.dataset.theme);
});
const theme = store.get("analyser/theme");
if (theme === "light" || theme === "dark") root.dataset.theme = theme;

$("#print").addEventListener("click", () => print());

// The section in view, in the bar at the top.
const links = new Map($$(".top nav a").map((link) => [link.hash.slice(1), link]));
const inView = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.id).setAttribute("aria-current", "true");
  }
}, { rootMargin: "-30% 0px -65% 0px" });
for (const name of links.keys()) inView.observe(document.getElementById(name));
