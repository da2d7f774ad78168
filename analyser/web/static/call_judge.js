// What one thinks of each moment, which stands in the report; being done; and moments that were missed.
"use strict";
let verdicts = null;
let corrections = [];
let pickedLines = null;

function agreementText() {
  if (!verdicts.agreement) return say("blind");
  const { same, count, kappa } = verdicts.agreement;
  if (kappa !== null) {
    const shown = kappa.toFixed(2).replace("-", "−").replace(".", document.documentElement.lang === "nl" ? "," : ".");
    return say("kappa", { same, n: count, kappa: shown });
  }
  return count >= 5 ? say("kappa_same", { n: count }) : say("kappa_few", { same, n: count });
}

// All that the report shows of the review; the comments call this too.
function tellReview() {
  if (!report.ready || !verdicts) return;
  const remarks = {};
  for (const one of allComments) if (one.moment) remarks[one.moment] = (remarks[one.moment] ?? 0) + 1;
  const wrongs = Object.fromEntries(corrections.map((one) => [one.moment, one.what]));
  tellReport("review", {
    review: { side: verdicts.side, done: verdicts.done, mine: verdicts.mine, other: verdicts.other, agreement: agreementText() },
    remarks,
    wrongs,
  });
}
onReport("ready", () => {
  showVerdicts();
  tellReview();
});

async function readVerdicts() {
  verdicts = await ask(withSide("verdicts"));
  showVerdicts();
  tellReview();
}

function showVerdicts() {
  if (!verdicts) return;
  const mine = verdicts.done[verdicts.side];
  const other = verdicts.done[verdicts.side === "trainer" ? "trainee" : "trainer"];
  const keys = new Set(report.moments.map((moment) => moment.key));
  const judged = Object.entries(verdicts.mine).filter(([key, said]) => said.verdict && keys.has(key)).length;
  const parts = [say("judged", { n: judged, all: keys.size })];
  if (mine && other) parts.push(say("both"), agreementText());
  else parts.push(mine ? say("mine_done") : say(other ? "other_done" : "other_busy"));
  $("#verdict-state").textContent = `${parts[0]}. ${parts.slice(1).join(" ")}`;
  const done = $("#verdict-done");
  done.textContent = mine ? done.dataset.reopen : done.dataset.done;
  done.className = mine ? "" : "main";
  done.hidden = mine && other;
}

$("#verdict-done").addEventListener("click", async () => {
  const done = !verdicts.done[verdicts.side];
  await attempt(() => ask("verdicts/done", { done, ...sideField() }));
  look(readVerdicts);
});

// One after the other, so that the last word is the last.
let sending = Promise.resolve();
onReport("verdict", ({ moment, verdict, comment }) => {
  if (!verdicts) return;
  const judged = verdicts;
  const at = sideField();
  sending = sending.then(async () => {
    const kept = await attempt(() => ask("verdicts", { moment, verdict, comment, ...at }));
    if (!kept) return look(readVerdicts);
    if (verdict || comment) judged.mine[moment] = { verdict, comment }; else delete judged.mine[moment];
    showVerdicts();
  });
});

$("#side")?.addEventListener("change", () => {
  // Nothing of the one side stays in view when the other sits down.
  verdicts = null;
  tellReport("review", { review: null, remarks: {}, wrongs: {} });
  for (const kind of ["verdict", "score"]) lookAgain(kind);
});

// Speakers.
onReport("speakers", async ({ swap, names, merges, gives, undo }) => {
  try {
    await ask("speakers", { swap, names, merges, gives, undo });
    tellReport("voices", { text: say("corrected") });
  } catch (error) {
    tellReport("voices", { text: error.message });
  }
});

// Moments that are none, or another, or missed.
async function readCorrections() {
  corrections = (await ask("corrections")).moments;
  const list = $("#corrections ul");
  list.replaceChildren(...corrections.map((one) => {
    const row = make("li");
    const name = [...$("#missed-kind").options].find((option) => option.value === one.kind)?.text ?? "";
    const was = [...$("#missed-kind").options].find((option) => option.value === one.was)?.text ?? "";
    const text = one.what === "missed" ? say("missed", { kind: name }) : `${was} ${one.what === "not" ? say("not") : say("kind", { kind: name })}`;
    if (report.timed) row.append(button("time", clock(one.start), () => play(one.start)), " ");
    row.append(make("span", "", text), " ", button("quiet-button", say("undo"), () => correct({ what: "undo", moment: one.moment })));
    return row;
  }));
  $("#corrections").hidden = !corrections.length;
  tellReview();
}
async function correct(fields) {
  const kept = await attempt(() => ask("corrections", fields));
  if (kept) look(readCorrections);
  return kept;
}
onReport("wrong", ({ what, moment, kind }) => {
  if (what === "not" || what === "kind") correct({ what, moment, ...(kind ? { kind } : {}) });
});
$("#missed-pick").addEventListener("click", () => {
  if (!wide.matches) openTab("report");
  tellReport("pick", { on: true });
});
onReport("picked", ({ first, last, text }) => {
  pickedLines = { first: Number(first), last: Number(last) };
  openTab("judge");
  $("#missed").open = true;
  $("#missed-picked").textContent = say("picked", { text: String(text) });
  $("#missed-form .main").focus();
});
onReport("ready", (message) => { $("#missed .times").hidden = !message.timed; });
$("#missed-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [start, end] = [secondsOf($("#missed-from").value), secondsOf($("#missed-to").value)];
  const place = pickedLines ?? (start !== null ? { start, end: end ?? start } : null);
  if (!place) return problem(say("pick_first"));
  if (!await correct({ what: "missed", kind: $("#missed-kind").value, ...place })) return;
  pickedLines = null;
  event.target.reset();
  $("#missed-picked").textContent = "";
});

onChange(["verdict"], readVerdicts);
onChange(["correction"], readCorrections);
