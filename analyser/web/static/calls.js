// Keeps the list of calls up to date while somebody looks at it.
import { live } from "./live.js";

const say = JSON.parse(document.getElementById("texts").textContent);
const place = document.getElementById("calls");
let timer = 0;
let opened = false;

async function refresh() {
  timer = 0;
  const answer = await fetch(location.href, { headers: { "x-part": "calls" } });
  if (!answer.ok || answer.redirected) return;
  const held = document.activeElement && place.contains(document.activeElement) ? document.activeElement.id : "";
  // Our own page, escaped by the server.
  place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  if (held && document.getElementById(held)) document.getElementById(held).focus();
}

function later() {
  if (!timer) timer = setTimeout(() => refresh().catch(() => {}), 300);
}

function left(seconds) {
  if (seconds === null) return "";
  return seconds < 60 ? say.left_seconds : say.left.replace("{minutes}", Math.round(seconds / 60));
}

function progress(said) {
  const row = place.querySelector(`tr[data-key="${CSS.escape(said.call)}"]`);
  const stage = row && row.querySelector("[data-stage]");
  if (!stage) return;
  stage.textContent = say[`stage_${said.stage}`] || said.stage;
  const bar = row.querySelector("[data-progress]");
  if (said.progress) bar.value = said.progress;
  else bar.removeAttribute("value");
  row.querySelector("[data-left]").textContent = left(said.left);
}

live("/events", (said) => {
  if (said.kind === "progress") return progress(said);
  // What the page shows is fresh when it was just loaded.
  if (said.kind !== "open" || opened) later();
  opened = true;
});
