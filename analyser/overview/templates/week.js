// The calls' table: sorted, filtered and searched here, a hundred rows at a time, so that thousands stay quick.
const root = document.documentElement;
const $ = (selector) => document.querySelector(selector);
const data = JSON.parse($("#data").textContent);
root.classList.add("on");

// A row is date, seller, client, call, link, seconds, balance, confirmed, too early, talk ratio.
const COLUMNS = [0, 1, 2, 3, 5, 6, 7, 8, 9];
const STEP = 100;
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const haystack = new Map(data.calls.map((call) => [call, folded(call.slice(0, 4).join(" "))]));
const compare = new Intl.Collator(root.lang, { numeric: true }).compare;
const number = new Intl.NumberFormat(root.lang, { maximumFractionDigits: 1 });
const state = { column: 0, down: true, count: STEP };

function chosen() {
  const words = folded($("#search").value).split(/\s+/).filter(Boolean);
  const seller = $("#seller").value;
  const calls = data.calls.filter(
    (call) => (!seller || call[1] === seller) && words.every((word) => haystack.get(call).includes(word)),
  );
  const place = COLUMNS[state.column];
  const sign = state.down ? -1 : 1;
  return calls.sort((one, other) => {
    const [a, b] = [one[place], other[place]];
    // What is not known comes last, whichever way it is sorted.
    if (a === null || b === null || a === "" || b === "") return (a === null || a === "") - (b === null || b === "");
    return sign * (typeof a === "number" ? a - b : compare(a, b));
  });
}

function cell(row, text, look) {
  const made = document.createElement("td");
  if (look) made.className = look;
  made.textContent = text;
  row.append(made);
  return made;
}

function draw() {
  const calls = chosen();
  const rows = calls.slice(0, state.count).map((call) => {
    const row = document.createElement("tr");
    cell(row, call[0], "clock");
    cell(row, call[1]);
    cell(row, call[2]);
    const link = document.createElement("a");
    link.href = call[4];
    link.textContent = call[3];
    cell(row, "").append(link);
    cell(row, String(Math.max(1, Math.round(call[5] / 60))), "n");
    cell(row, call[6] === null ? "–" : number.format(call[6]), "n");
    cell(row, String(call[7]), "n");
    cell(row, String(call[8]), "n");
    cell(row, call[9] === null ? "–" : `${call[9]}%`, "n");
    return row;
  });
  $("#rows").replaceChildren(...rows);
  $("#more").hidden = calls.length <= state.count;
  $("#shown").textContent = data.shown.replace("{n}", calls.length).replace("{total}", data.calls.length);
}

for (const button of document.querySelectorAll("[data-column]")) {
  button.addEventListener("click", () => {
    const column = Number(button.dataset.column);
    state.down = state.column === column ? !state.down : column === 0 || column > 3;
    state.column = column;
    for (const head of document.querySelectorAll("[aria-sort]")) head.removeAttribute("aria-sort");
    button.parentElement.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    draw();
  });
}
for (const field of ["#search", "#seller"]) {
  $(field).addEventListener("input", () => { state.count = STEP; draw(); });
}
$("#more").addEventListener("click", () => { state.count += 5 * STEP; draw(); });
draw();
