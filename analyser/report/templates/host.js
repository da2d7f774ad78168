// The report in a page of the web app. The app keeps what is judged, said and corrected; this part shows it and passes
// on what is asked for. Both only listen to each other, and only to pages of the same origin.
const host = window.parent === window ? null : window.parent;
const toHost = (what, fields = {}) => host?.postMessage({ analyser: what, ...fields }, location.origin);
const hostSay = (key, fields = {}) =>
  data.host[key].replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole));
const SIDE_NAMES = ["trainer", "trainee"];
let review = null; // { side, done: {trainer, trainee}, mine, other, agreement } as the app has it
let remarks = {}; // number of remarks by moment
let wrongs = {}; // what was reported of a moment

function showReview() {
  for (const moment of moments) if (moment.open) showOne(moment);
  const news = $("#agreement");
  if (review && news) news.textContent = review.agreement ?? say("blind");
}

function showOne({ card, key }) {
  const box = $(".review", card);
  if (!box) return;
  box.hidden = !review;
  if (!review) return;
  const mine = review.mine[key];
  const locked = review.done[review.side];
  for (const vote of $$(".vote", card)) {
    vote.setAttribute("aria-pressed", String(mine?.verdict === vote.dataset.vote));
    vote.disabled = locked;
  }
  const comment = $(".comment", card);
  comment.disabled = locked;
  if (document.activeElement !== comment) comment.value = mine?.comment ?? "";
  // Side by side one's own stands there too.
  $(".mine", card).hidden = Boolean(review.other);
  const sides = $(".sides", card);
  sides.hidden = !review.other;
  sides.replaceChildren(...(review.other ? SIDE_NAMES.map((name) => {
    const said = (name === review.side ? review.mine : review.other)[key];
    const side = element("div");
    side.append(element("b", "", say(name)), element("span", "", said?.verdict ? say(said.verdict) : say("no_verdict")));
    if (said?.comment) side.append(element("p", "", said.comment));
    return side;
  }) : []));
  const count = remarks[key] ?? 0;
  const more = $(".more-about", card);
  let told = $(".remarks", more);
  if (!told) more.append(told = element("button", "plain remarks"));
  told.type = "button";
  told.hidden = !count;
  told.textContent = count === 1 ? hostSay("remarks_one") : hostSay("remarks", { n: count });
  told.onclick = () => toHost("show", { moment: key });
  let wrong = $(".told", more);
  if (!wrong) more.append(wrong = element("span", "told"));
  wrong.textContent = wrongs[key] ? hostSay(wrongs[key] === "not" ? "said_not" : "said_kind") : "";
}

function judge(key, changes) {
  const said = { verdict: "", comment: "", ...review.mine[key], ...changes };
  review.mine[key] = said;
  showReview();
  toHost("verdict", { moment: key, verdict: said.verdict, comment: said.comment });
}

onOpen.push((moment) => {
  const { card, key } = moment;
  card.append($("#review").content.cloneNode(true));
  for (const vote of $$(".vote", card)) {
    vote.addEventListener("click", () => judge(key, {
      verdict: review.mine[key]?.verdict === vote.dataset.vote ? "" : vote.dataset.vote,
    }));
  }
  $(".comment", card).addEventListener("change", (event) => judge(key, { comment: event.target.value.trim() }));
  $(".remark", card).addEventListener("click", () => toHost("remark", { moment: key, seconds: moment.start }));
  $(".not-one", card).addEventListener("click", () => toHost("wrong", { what: "not", moment: key }));
  $(".other-kind", card).addEventListener("change", (event) => {
    if (event.target.value) toHost("wrong", { what: "kind", moment: key, kind: event.target.value });
    event.target.value = "";
  });
  showOne(moment);
});
if (moments.length) openCards();

// Time, four times a second at most.
let told = -1;
onTime((seconds) => {
  const quarter = Math.floor(seconds * 4);
  if (quarter === told) return;
  told = quarter;
  toHost("time", { seconds });
});

// A moment that was missed: its first and last line, by click or key.
let picked = null;
function pick(on) {
  if (!script) return;
  picked = on ? [] : null;
  script.classList.toggle("picking", on);
  for (const line of lines) {
    line.shown.classList.remove("picked");
    if (on) { line.shown.tabIndex = 0; line.shown.setAttribute("role", "button"); }
    else { line.shown.removeAttribute("tabindex"); line.shown.removeAttribute("role"); }
  }
  if (on) {
    $("#transcript").scrollIntoView();
    tell(hostSay("pick"));
  }
}
function pickLine(event) {
  if (!picked) return;
  const shown = event.target.closest?.(".text > span");
  const line = shown && byShown.get(shown);
  if (!line || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  event.stopPropagation();
  shown.classList.add("picked");
  picked.push(Number(line.number));
  if (picked.length < 2) return;
  const [first, last] = picked.sort((a, b) => a - b);
  pick(false);
  for (let number = first; number <= last; number += 1) byNumber.get(String(number))?.shown.classList.add("picked");
  const words = byNumber.get(String(first)).shown.textContent;
  toHost("picked", { first, last, text: words.slice(0, 120) });
}
script?.addEventListener("click", pickLine, true);
script?.addEventListener("keydown", pickLine, true);

// Who said what.
const voicesForm = $("#voices");
const voicesNews = (text) => {
  const news = $("#voices-news");
  news.hidden = !text;
  news.textContent = text;
};
const secondsOf = (text) => {
  const parts = text.trim().replace(",", ".").split(":").map(Number);
  return text.trim() && parts.every((part) => part >= 0) ? parts.reduce((sum, part) => 60 * sum + part, 0) : NaN;
};
voicesForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  const names = {};
  for (const voice of data.voices) {
    const name = $(`[data-voice="${voice.number}"]`).value.trim();
    if (name && name !== voice.given) names[voice.label] = name;
  }
  const merges = [];
  if ($("#merge")?.value && $("#merge").value !== $("#keep").value) merges.push([$("#keep").value, $("#merge").value]);
  const gives = [];
  const [from, to] = [$("#give-from").value, $("#give-to").value];
  if (from || to) {
    const [start, end] = [secondsOf(from), secondsOf(to)];
    if (!(start < end)) return voicesNews(hostSay("range"));
    gives.push({ start, end, speaker: $("#give").value });
  }
  const swap = $("#swap").checked;
  if (!swap && !merges.length && !gives.length && !Object.keys(names).length) return voicesNews(hostSay("nothing"));
  voicesNews(hostSay("busy"));
  toHost("speakers", { swap, names, merges, gives, undo: false });
});
$("#undo")?.addEventListener("click", () => {
  voicesNews(hostSay("busy"));
  toHost("speakers", { swap: false, names: {}, merges: [], gives: [], undo: true });
});

const asked = {
  review(message) {
    review = message.review;
    remarks = message.remarks;
    wrongs = message.wrongs;
    showReview();
  },
  seek({ seconds, play }) {
    const place = Math.max(0, Number(seconds) || 0);
    if (play) playFrom(place); else if (sound) jump(place); else showPlace(place);
    if (!sound) lines[Math.max(0, lastBefore(lines, place, (line) => line.start))]?.shown.scrollIntoView({ block: "center" });
  },
  moment({ moment, play }) {
    const found = moments.find(({ key }) => key === moment);
    if (!found) return;
    found.card.hidden = false;
    found.card.scrollIntoView({ block: "start" });
    if (play) $(".play", found.card).click();
  },
  pick({ on }) { pick(Boolean(on)); },
  voices({ text }) { voicesNews(text); },
};
addEventListener("message", (event) => {
  if (event.source !== host || event.origin !== location.origin) return;
  if (Object.hasOwn(asked, event.data?.analyser)) asked[event.data.analyser](event.data);
});
$("#theme").addEventListener("click", () => toHost("theme", { theme: root.dataset.theme }));
toHost("ready", {
  timed: data.timed && Boolean(sound),
  length: data.length,
  focus: data.focus,
  theme: root.dataset.theme ?? "",
  moments: moments.map(({ key, kind, name, start }) => ({ key, kind, name, start })),
});
