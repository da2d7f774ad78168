// Filtering moments, and the tabs of the five methods.
let wantedFilter = "";
const kindList = $("#kind");

function filterMoments() {
  const kind = kindList.value;
  let shown = 0;
  for (const [number, { card, kind: own }] of moments.entries()) {
    const fits = !wantedFilter || card.classList.contains(wantedFilter) || card.dataset.methods.split(" ").includes(wantedFilter);
    card.hidden = !fits || Boolean(kind && own !== kind);
    shown += card.hidden ? 0 : 1;
    $(`.mark[data-moment="${number}"]`, picture)?.setAttribute("opacity", card.hidden ? "0.18" : "1");
  }
  $("#none-left").hidden = shown > 0;
  $("#shown").textContent = say("shown", { n: shown, total: moments.length });
}

if (kindList) {
  const pills = $$(".pill");
  for (const pill of pills) {
    pill.addEventListener("click", () => {
      wantedFilter = pill.dataset.filter;
      for (const other of pills) other.setAttribute("aria-pressed", String(other === pill));
      filterMoments();
    });
  }
  kindList.addEventListener("change", filterMoments);
  filterMoments();
}

// A way to a moment that the filter hides opens it again.
document.addEventListener("click", (event) => {
  const wanted = event.target.closest("a[href^='#m']")?.hash.slice(1);
  const moment = moments.find(({ card }) => card.id === wanted);
  if (moment) moment.card.hidden = false;
});

onTime((seconds) => {
  for (const { card, start } of moments) {
    const end = Number($(".play", card).dataset.to ?? start);
    card.classList.toggle("on", Boolean(sound && !sound.paused) && seconds >= start && seconds < end);
  }
});

const tabs = $$(".tab");
function openTab(tab, focus = true) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls"));
    panel.hidden = !chosen;
    if (chosen && !panel.dataset.filled) {
      panel.dataset.filled = "yes";
      $$(".dialogue", panel).forEach(fill);
    }
  }
  if (focus) tab.focus();
}
for (const [number, tab] of tabs.entries()) {
  tab.addEventListener("click", () => openTab(tab));
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowRight: number + 1, ArrowLeft: number - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    openTab(tabs.at(to % tabs.length));
  });
}
openTab(tabs[0], false);
