// The one thing to do otherwise next time, and what became of the last one.
"use strict";
let ofKind = {};
let typed = false;
let saved = null;

async function readIntention() {
  const kept = await ask("intention");
  ofKind = kept.of_kind;
  const measure = $("#intention-measure");
  if (measure.options.length === 1) {
    for (const [name, text] of kept.measures) measure.append(new Option(text, name));
  }
  // What one is typing stands; the other's is there after the next look.
  if (!typed) {
    $("#intention-text").value = kept.text;
    measure.value = kept.measure;
    // "Saved" stays until it is another intention: the news of one's own change comes right after it.
    if (kept.text !== saved) {
      $("#intention-state").textContent = kept.text && kept.author ? say("intention_by", { name: kept.author }) : "";
    }
  }
  const last = $("#last-time");
  last.hidden = !kept.last;
  if (kept.last) showLast(last, kept.last);
}

function showLast(place, last) {
  const page = $("#last-texts").content;
  const shown = page.cloneNode(true);
  $("[data-day]", shown).textContent = $("[data-day]", shown).dataset.day.replace("{day}", last.day);
  $("q bdi", shown).textContent = last.text;
  for (const name of ["then", "this"]) {
    const row = $(`[data-${name}]`, shown);
    row.hidden = !last[name];
    $("span", row).textContent = last[name];
  }
  $("a", shown).href = `/calls/${last.key}`;
  place.replaceChildren(shown);
}

$("#intention-form").addEventListener("input", () => {
  typed = true;
  saved = null;
  $("#intention-state").textContent = "";
});
$("#intention-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("#intention-text").value;
  const kept = await attempt(() => ask("intention", { text, measure: $("#intention-measure").value }));
  if (!kept) return;
  typed = false;
  saved = text.trim();
  await look(readIntention);
  $("#intention-state").textContent = say("saved");
});
onReport("ready", ({ focus }) => { $("#intention-suggest").hidden = !focus; });
$("#intention-suggest").addEventListener("click", () => {
  typed = true;
  $("#intention-text").value = report.focus.text;
  const measure = ofKind[report.focus.kind] ?? report.focus.kind;
  $("#intention-measure").value = [...$("#intention-measure").options].some((option) => option.value === measure) ? measure : "";
  $("#intention-text").focus();
});

onChange(["intention"], readIntention);
