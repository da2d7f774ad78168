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

function fill(shown) {
  const marked = new Set(shown.dataset.marked?.split(" "));
  const parts = ["before", "core", "after"].map((part) => {
    const box = element("div", part === "core" ? "core" : "context");
    box.append(...exchange(shown.dataset[part], marked));
    return box;
  });
  shown.replaceChildren(...parts.filter((part) => part.hasChildNodes()));
}

const matters = {}; // why it matters is said once for each kind, and shown with each
for (const moment of moments) {
  const { card, kind } = moment;
  moment.line = byNumber.get($(".dialogue", card).dataset.core.split("-")[0]);
  // A written conversation has no places in sound: a moment begins where its first line does.
  if (!data.timed && moment.line) moment.start = moment.line.start;
  matters[kind] ||= $(".matters", card)?.textContent;
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

// The inside of a moment. Hours of talk have hundreds: those are made when they come near, and all of them for print.
const onOpen = [];
function openCard(moment) {
  if (moment.open) return;
  moment.open = true;
  const { card, kind, line } = moment;
  fill($(".dialogue", card));
  const shown = $(".matters", card);
  if (shown) shown.textContent ||= matters[kind];
  if (line) {
    const link = element("a", "quiet noprint", say("to_transcript"));
    link.href = `#${line.shown.id}`;
    $("header", card).append(link);
  }
  for (const made of onOpen) made(moment);
}

function openCards() {
  if (!$(".cards.many")) return moments.forEach(openCard);
  const byCard = new Map(moments.map((moment) => [moment.card, moment]));
  const coming = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) openCard(byCard.get(target));
  }, { rootMargin: "1000px" });
  for (const { card } of moments) coming.observe(card);
  addEventListener("beforeprint", () => moments.forEach(openCard));
}
