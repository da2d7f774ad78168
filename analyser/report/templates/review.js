// What trainer and seller think of each moment: apart first, then side by side. Kept in the browser, moved as JSON.
const ROLES = ["trainer", "trainee"];
const emptyReview = () => ({ trainer: {}, trainee: {}, intention: "" });
let review = readReview(store.get(storeKey("review")));
let role = "trainee";
let revealed = false;

// Whatever comes from a file or the store is not trusted to be of the form that we write.
function readReview(text) {
  const clean = emptyReview();
  let read;
  try { read = JSON.parse(text ?? "{}"); } catch { return null; }
  if (typeof read !== "object" || read === null) return null;
  for (const name of ROLES) {
    const given = read[name];
    if (typeof given !== "object" || given === null) continue;
    for (const { key } of moments) {
      const said = Object.hasOwn(given, key) ? given[key] : null;
      if (typeof said !== "object" || said === null) continue;
      const verdict = ["agree", "disagree"].includes(said.verdict) ? said.verdict : "";
      const comment = typeof said.comment === "string" ? said.comment.slice(0, 2000) : "";
      if (verdict || comment) clean[name][key] = { verdict, comment };
    }
  }
  if (typeof read.intention === "string") clean.intention = read.intention.slice(0, 1000);
  return clean;
}
review ??= emptyReview();

function keepReview() {
  store.set(storeKey("review"), JSON.stringify(review));
  if (!store.kept) tell(say("not_kept"));
}

function change(key, changes) {
  const said = { verdict: "", comment: "", ...review[role][key], ...changes };
  if (said.verdict || said.comment) review[role][key] = said; else delete review[role][key];
  keepReview();
  showReview();
}

// Cohen's kappa over moments that both judged: agreement beyond what their own habits would give by chance.
function kappa(pairs) {
  const share = (wanted, of) => pairs.filter((pair) => pair[of] === wanted).length / pairs.length;
  const same = pairs.filter(([one, other]) => one === other).length;
  const chance = share("agree", 0) * share("agree", 1) + share("disagree", 0) * share("disagree", 1);
  return { same, value: chance === 1 ? null : (same / pairs.length - chance) / (1 - chance) };
}

function agreement() {
  if (!revealed) return say("blind");
  const pairs = moments
    .map(({ key }) => ROLES.map((name) => review[name][key]?.verdict))
    .filter(([one, other]) => one && other);
  if (pairs.length < 5) return say("kappa_few", { n: pairs.length });
  const { same, value } = kappa(pairs);
  if (value === null) return say("kappa_same", { n: pairs.length });
  return say("kappa", { same, n: pairs.length, kappa: value.toFixed(2).replace(".", data.decimal).replace("-", "−") });
}

function showReview() {
  for (const moment of moments) if (moment.open) showOne(moment);
  $("#agreement").textContent = agreement();
}

function showOne({ card, key }) {
  const mine = review[role][key];
  for (const vote of $$(".vote", card)) vote.setAttribute("aria-pressed", String(mine?.verdict === vote.dataset.vote));
  const comment = $(".comment", card);
  if (document.activeElement !== comment) comment.value = mine?.comment ?? "";
  const sides = $(".sides", card);
  sides.hidden = !revealed;
  sides.replaceChildren(...(revealed ? ROLES.map((name) => {
    const said = review[name][key];
    const side = element("div");
    side.append(element("b", "", say(name)), element("span", "", said?.verdict ? say(said.verdict) : say("no_verdict")));
    if (said?.comment) side.append(element("p", "", said.comment));
    return side;
  }) : []));
}

// One's own judgement alone while it is blind, both once they have been laid side by side.
function reviewFile() {
  const names = revealed ? ROLES : [role];
  const said = Object.fromEntries(names.map((name) => [name, review[name]]));
  return { format: "analyser-review", version: 1, recording: data.recording, title: data.title, ...said, intention: review.intention };
}

async function loadReview(file) {
  let read;
  try { read = JSON.parse(await file.text()); } catch { return tell(say("bad_file")); }
  if (read?.format !== "analyser-review" || read.version !== 1) return tell(say("bad_file"));
  if (read.recording !== data.recording) return tell(say("other_call"));
  const given = readReview(JSON.stringify(read));
  for (const name of ROLES) if (Object.hasOwn(read, name)) review[name] = given[name];
  if (given.intention && !review.intention) review.intention = given.intention;
  $("#intention").value = review.intention;
  keepReview();
  showReview();
  tell(say("imported"));
}

if (moments.length) {
  onOpen.push((moment) => {
    const { card, key } = moment;
    card.append($("#review").content.cloneNode(true));
    for (const vote of $$(".vote", card)) {
      vote.addEventListener("click", () => change(key, {
        verdict: review[role][key]?.verdict === vote.dataset.vote ? "" : vote.dataset.vote,
      }));
    }
    $(".comment", card).addEventListener("change", (event) => change(key, { comment: event.target.value.trim() }));
    showOne(moment);
  });
  for (const choice of $$("input[name=role]")) {
    choice.addEventListener("change", () => {
      role = choice.value;
      setRevealed(false);
    });
  }
  role = $("input[name=role]:checked").value;
  $("#reveal").addEventListener("click", () => setRevealed(!revealed));
  $("#review-export").addEventListener("click", () => {
    save(`${data.title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60) || "call"}-review.json`, JSON.stringify(reviewFile(), null, 1));
  });
  $("#review-import").addEventListener("click", () => $("#review-file").click());
  $("#review-file").addEventListener("change", (event) => {
    if (event.target.files.length) loadReview(event.target.files[0]);
    event.target.value = "";
  });
  $("#review-clear").addEventListener("click", () => {
    if (!confirm(say("confirm_clear"))) return;
    review[role] = {};
    keepReview();
    showReview();
  });
  const intention = $("#intention");
  intention.value = review.intention;
  intention.addEventListener("input", () => {
    review.intention = intention.value;
    keepReview();
  });
  $("#suggest")?.addEventListener("click", (event) => {
    intention.value = event.currentTarget.dataset.text;
    intention.dispatchEvent(new Event("input"));
    intention.focus();
  });
  showReview();
  openCards();
}

function setRevealed(wanted) {
  revealed = wanted;
  const button = $("#reveal");
  button.setAttribute("aria-pressed", String(wanted));
  button.textContent = wanted ? button.dataset.on : button.dataset.off;
  showReview();
}
