// Exchanges in moments and methods: their lines are copied from the transcript, where each stands once.
const LONGEST = 12; // lines of an exchange; a longer one goes on in the transcript

function exchange(range, marked = new Set()) {
  if (!range) return [];
  const [first, last] = range.split("-").map(Number);
  const made = [];
  let before = null;
  for (let number = first; number <= Math.min(last, first + LONGEST - 1); number += 1) {
    const line = byNumber.get(String(number));
    if (!line) continue;
    const side = line.turn.classList.contains("seller") ? "seller" : "client";
    const speaker = $("b", line.turn).dataset.name;
    const said = element("p", `say ${side}${marked.has(line.number) ? " ev" : ""}`);
    said.dataset.from = line.start;
    if (speaker !== before) {
      const name = element("span", "who", speakerOf(line));
      name.dataset.name = speaker;
      said.append(name);
    }
    before = speaker;
    const words = element("span", "said");
    words.append(...[...line.shown.childNodes].map((node) => node.cloneNode(true)));
    said.append(words);
    made.push(said);
  }
  return made;
}

for (const shown of $$(".dialogue")) {
  const marked = new Set(shown.dataset.marked?.split(" "));
  const parts = ["before", "core", "after"].map((part) => {
    const box = element("div", part === "core" ? "core" : "context");
    box.append(...exchange(shown.dataset[part], marked));
    return box;
  });
  shown.replaceChildren(...parts.filter((part) => part.hasChildNodes()));
}

// A written conversation has no places in sound: a moment begins where its first line does.
for (const moment of moments) {
  moment.line = byNumber.get($(".dialogue", moment.card).dataset.core.split("-")[0]);
  if (!data.timed && moment.line) moment.start = moment.line.start;
}

// Why it matters is said once for each kind, and shown with each.
const matters = {};
for (const { card, kind, line } of moments) {
  const shown = $(".matters", card);
  if (shown?.textContent) matters[kind] = shown.textContent;
  else if (shown) shown.textContent = matters[kind] ?? "";
  if (!line) continue;
  const link = element("a", "quiet noprint", say("to_transcript"));
  link.href = `#${line.shown.id}`;
  $("header", card).append(link);
}

// Beside the turn in which a moment begins stands its name, to go to.
for (const { card, line } of moments) {
  if (!line) continue;
  const flags = $(".flags", line.turn) ?? element("p", "flags");
  const flag = element("a");
  flag.href = `#${card.id}`;
  flag.append(...[...$("h3", card).childNodes].map((node) => node.cloneNode(true)));
  flags.append(flag);
  line.turn.append(flags);
}
