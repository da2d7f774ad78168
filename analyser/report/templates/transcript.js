// The conversation: words that light up and play, following, searching.
const script = $("#script");
let following = true;
let lit = null;

// Words become elements only where they are looked at: an hour has ten thousand of them.
function openWords(line) {
  if (line.words || !data.timed) return;
  const times = unpack(line.packed);
  line.words = [];
  const walker = document.createTreeWalker(line.shown, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const made = document.createDocumentFragment();
    for (const part of text.data.split(/( +)/)) {
      if (!part.trim()) {
        made.append(part);
        continue;
      }
      const word = element("span", "w", part);
      const time = times[line.words.length];
      if (time) line.words.push({ shown: word, ...time });
      made.append(word);
    }
    text.replaceWith(made);
  }
}

const byShown = new Map(lines.map((line) => [line.shown, line]));
const ofTurn = new Map();
for (const line of lines) ofTurn.set(line.turn, [...(ofTurn.get(line.turn) ?? []), line]);

if (script && data.timed) {
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      ofTurn.get(entry.target).forEach(openWords);
      near.unobserve(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const turn of ofTurn.keys()) near.observe(turn);

  script.addEventListener("click", (event) => {
    const at = event.target.closest(".turn button");
    if (at) return playFrom(ofTurn.get(at.closest(".turn"))[0].start);
    const shown = event.target.closest(".text > span");
    if (!shown || String(getSelection())) return;
    const line = byShown.get(shown);
    if (!line) return;
    openWords(line);
    const word = line.words?.find((candidate) => candidate.shown === event.target);
    playFrom(word ? word.start : line.start);
  });

  onTime((seconds) => {
    const line = lines[lastBefore(lines, seconds, (candidate) => candidate.start)];
    if (!line) return light(null);
    openWords(line);
    const word = line.words?.[lastBefore(line.words, seconds, (candidate) => candidate.start)];
    light(word && seconds < word.end + 0.4 ? word.shown : null);
    if (following && sound && !sound.paused && inScript()) follow(line.turn);
  });
}

function light(shown) {
  if (lit === shown) return;
  lit?.classList.remove("now");
  lit = shown;
  lit?.classList.add("now");
}

// Following only moves a reader who is reading the conversation, not one who studies a moment above it.
function inScript() {
  const box = script.getBoundingClientRect();
  return box.top < innerHeight * 0.8 && box.bottom > 0;
}

function follow(turn) {
  const box = turn.getBoundingClientRect();
  if (box.top > 130 && box.bottom < innerHeight - 130) return;
  turn.scrollIntoView({ block: box.height > innerHeight / 2 ? "start" : "center" });
}

const resume = element("button", "resume noprint", $("#follow")?.getAttribute("aria-label") ?? "");
resume.type = "button";
resume.hidden = true;
document.body.append(resume);

function setFollowing(wanted) {
  following = wanted;
  $("#follow")?.setAttribute("aria-pressed", String(wanted));
  resume.hidden = wanted || !sound || sound.paused;
  if (wanted && sound) {
    const line = lines[lastBefore(lines, sound.currentTime, (candidate) => candidate.start)];
    if (line && !sound.paused) follow(line.turn);
  }
}
resume.addEventListener("click", () => setFollowing(true));
$("#follow")?.addEventListener("click", () => setFollowing(!following));
// Only people turn a wheel or drag a finger: the page's own scrolling sends neither.
for (const kind of ["wheel", "touchmove"]) {
  addEventListener(kind, () => {
    if (following && sound && !sound.paused && script && inScript()) setFollowing(false);
  }, { passive: true });
}
sound?.addEventListener("pause", () => { resume.hidden = true; });
sound?.addEventListener("play", () => { resume.hidden = following; });

let badged = false;
function addBadges() {
  if (badged) return;
  badged = true;
  for (const line of lines) {
    line.shown.after(...actsOf(line).map(({ name, family, certainty }) => {
      const badge = element("span", `badge ${family}`, name);
      badge.append(element("i", "", ` ${certainty}%`));
      return badge;
    }));
  }
}
$("#show-acts")?.addEventListener("change", (event) => {
  addBadges();
  script.classList.toggle("acts", event.target.checked);
});
$("#print-all")?.addEventListener("click", () => {
  root.classList.add("with-transcript");
  print();
  root.classList.remove("with-transcript");
});

// Search: the text of each line, marked without touching it where the browser can.
const search = $("#search");
const highlights = typeof Highlight === "function" && CSS.highlights;
let hits = [];
let hit = -1;

function rangesIn(line, wanted) {
  const walker = document.createTreeWalker(line.shown, NodeFilter.SHOW_TEXT);
  const parts = [];
  let all = "";
  while (walker.nextNode()) {
    parts.push([all.length, walker.currentNode]);
    all += walker.currentNode.data;
  }
  // Lower case may be longer than the letter it came from, which would shift every place after it.
  const plain = [...all].map((letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter)).join("");
  const found = [];
  for (let at = plain.indexOf(wanted); at >= 0; at = plain.indexOf(wanted, at + wanted.length)) {
    const range = new Range();
    const point = (offset) => parts.findLast(([start]) => start <= offset);
    const [startOf, startNode] = point(at);
    const [endOf, endNode] = point(at + wanted.length - 1);
    range.setStart(startNode, at - startOf);
    range.setEnd(endNode, at + wanted.length - endOf);
    found.push({ line, range });
  }
  return found;
}

function find() {
  const wanted = search.value.trim().toLowerCase();
  for (const turn of $$(".turn.found")) turn.classList.remove("found");
  hits = wanted ? lines.filter((line) => line.shown.textContent.toLowerCase().includes(wanted)) : [];
  hits.forEach(openWords);
  hits = hits.flatMap((line) => rangesIn(line, wanted));
  for (const { line } of hits) line.turn.classList.add("found");
  if (highlights) {
    highlights.set("found", new Highlight(...hits.map(({ range }) => range)));
    highlights.delete("found-now");
  }
  hit = -1;
  const count = hits.length === 1 ? say("hits_one") : hits.length ? say("hits", { n: hits.length }) : say("no_hits");
  $("#hits").textContent = wanted ? count : "";
}

function stepHit(direction) {
  if (!hits.length) return;
  hit = (hit + direction + hits.length) % hits.length;
  const { line, range } = hits[hit];
  if (highlights) highlights.set("found-now", new Highlight(range));
  line.shown.scrollIntoView({ block: "center" });
  $("#hits").textContent = say("hit_at", { i: hit + 1, n: hits.length });
}

if (search) {
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") stepHit(event.shiftKey ? -1 : 1);
  });
  $("#hit-next").addEventListener("click", () => stepHit(1));
  $("#hit-prev").addEventListener("click", () => stepHit(-1));
}
