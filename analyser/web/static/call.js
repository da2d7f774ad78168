// One call: what its parts share. The report stands in a frame and speaks with this page by messages; both listen only
// to each other. Whatever people wrote is only ever set as text.
"use strict";
const box = document.querySelector("#call");
const texts = JSON.parse(document.querySelector("#texts").textContent);
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector) => document.querySelectorAll(selector);
const say = (key, fields = {}) => texts[key].replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole));

function make(name, look, text) {
  const made = document.createElement(name);
  if (look) made.className = look;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(look, text, act) {
  const made = make("button", look, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}` : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

const secondsOf = (text) => {
  const parts = text.trim().replace(",", ".").split(":").map(Number);
  return text.trim() && parts.every((part) => part >= 0) ? parts.reduce((sum, part) => 60 * sum + part, 0) : null;
};

function problem(text) {
  const shown = $("#problem");
  if (!shown) return;
  shown.textContent = text;
  shown.hidden = !text;
}

// Ask the app about this call, or tell it something. Throws what is to be said when that fails.
async function ask(path, body, method) {
  const options = { method: method ?? (body === undefined ? "GET" : "POST"), headers: { accept: "application/json" } };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    // Also when the page is left at once; browsers take no more than 64 KiB so.
    options.keepalive = options.body.length < 20_000;
    options.headers["content-type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(`/calls/${box.dataset.key}/${path}`, options);
  } catch {
    throw new Error(say("problem"));
  }
  if (answer.redirected) throw new Error(say("logged_out"));
  if (answer.status === 409) throw new Error(say("frozen"));
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Error(answer.status === 422 && told.error ? told.error : say("problem"));
  }
  return answer.status === 204 ? null : answer.json();
}

// Do something that may fail; what went wrong is shown, and nothing that was typed is lost.
async function attempt(act) {
  try {
    await act();
    problem("");
    return true;
  } catch (error) {
    problem(error.message);
    return false;
  }
}

// Which part looks again for which kind of change; two that come at once are one look.
const lookers = {};
const looking = new Map();
function onChange(kinds, look) {
  for (const kind of kinds) (lookers[kind] ??= []).push(look);
}
async function look(once) {
  if (looking.has(once)) {
    looking.set(once, true);
    return;
  }
  looking.set(once, false);
  try { await once(); } catch (error) { problem(error.message); }
  const again = looking.get(once);
  looking.delete(once);
  if (again) look(once);
}
function lookAgain(kind) {
  for (const once of lookers[kind] ?? []) look(once);
}

const side = () => $("#side")?.value ?? box.dataset.side;
const withSide = (path) => ($("#side") ? `${path}?side=${side()}` : path);
const sideField = () => ($("#side") ? { side: side() } : {});

// The report in its frame.
const frame = $("#report");
const heard = {};
const onReport = (what, act) => (heard[what] ??= []).push(act);
const tellReport = (what, fields = {}) => frame?.contentWindow?.postMessage({ analyser: what, ...fields }, location.origin);
const report = { ready: false, moments: [], focus: null, timed: false, now: 0 };
addEventListener("message", (event) => {
  if (!frame || event.source !== frame.contentWindow || event.origin !== location.origin) return;
  const message = event.data;
  for (const act of Object.hasOwn(heard, message?.analyser) ? heard[message.analyser] : []) act(message);
});
onReport("ready", (message) => {
  const again = report.now;
  Object.assign(report, message, { ready: true });
  follow(message.theme);
  if (again > 0) tellReport("seek", { seconds: again });
});
onReport("time", ({ seconds }) => { report.now = seconds; });
onReport("theme", ({ theme }) => follow(theme));
function follow(theme) {
  document.documentElement.style.colorScheme = theme === "light" || theme === "dark" ? theme : "";
}

function play(seconds) {
  if (!wide.matches) openTab("report");
  tellReport("seek", { seconds, play: true });
}
function showMoment(moment) {
  if (!wide.matches) openTab("report");
  tellReport("moment", { moment });
}

function loadReport() {
  report.ready = false;
  const masked = $("#mask")?.getAttribute("aria-pressed") === "true";
  const address = frame.dataset.src + (masked ? "?masked=1" : "") + (frame.src ? "" : location.hash);
  // Without a step in the history, so that "back" leaves the call.
  if (frame.src) frame.contentWindow.location.replace(address); else frame.src = address;
}

// Tabs. Where there is room the report is always in view.
const wide = matchMedia("(min-width: 64rem)");
const tabs = [...document.querySelectorAll(".call .tabs [role=tab]")];
function openTab(name, focus = false) {
  const chosen = name === "report" && wide.matches ? "comments" : name;
  box.dataset.tab = chosen;
  for (const tab of tabs) {
    const own = tab.id === `tab-${chosen}`;
    tab.setAttribute("aria-selected", String(own));
    tab.tabIndex = own ? 0 : -1;
    const panel = $(`#${tab.getAttribute("aria-controls")}`);
    if (tab.id !== "tab-report") panel.hidden = !own;
    if (own && focus) tab.focus();
  }
}
if (tabs.length) {
  for (const tab of tabs) {
    tab.addEventListener("click", () => openTab(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const shown = tabs.filter((other) => other.offsetParent);
      const here = shown.indexOf(tab);
      const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      openTab(shown.at(to % shown.length).id.slice(4), true);
    });
  }
  wide.addEventListener("change", () => openTab(box.dataset.tab));
  openTab("report");
}

$("#mask")?.addEventListener("click", () => {
  const mask = $("#mask");
  const on = mask.getAttribute("aria-pressed") !== "true";
  mask.setAttribute("aria-pressed", String(on));
  mask.textContent = on ? mask.dataset.on : mask.dataset.off;
  // The names above the report are no secret to whoever sits here, but may be to who looks over a shoulder.
  for (const shown of $$(".call-head bdi")) {
    shown.dataset.shown ??= shown.textContent;
    shown.textContent = on ? shown.dataset.masked ?? "" : shown.dataset.shown;
  }
  loadReport();
});

// What changes comes by itself.
let begun = false;
function told(message) {
  if (message.kind === "open") {
    // What changed while nobody looked, or while the stream was away.
    if (begun && frame) for (const kind of new Set(Object.keys(lookers))) lookAgain(kind);
    begun = true;
    if (!frame) lookAtState();
  } else if (message.kind === "state" && message.state !== box.dataset.state) {
    location.reload();
  } else if (message.kind === "progress") {
    showProgress(message);
  } else if (message.kind === "analysis" && frame) {
    loadReport();
    for (const kind of ["verdict", "correction", "intention"]) lookAgain(kind);
  } else {
    lookAgain(message.kind);
  }
}
// It may have been done between the making of this page and the first message.
async function lookAtState() {
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.querySelector("#call")?.dataset.state !== box.dataset.state) location.reload();
}
function showProgress({ stage, progress, left }) {
  if (!$("#stage")) return;
  const parts = [texts[`stage_${stage}`] ?? stage];
  if (left !== null) parts.push(say("left", { time: clock(left) }));
  $("#stage").textContent = parts.filter(Boolean).join(", ");
  $("#progress").value = progress;
}
// After the other parts have said what they look at.
addEventListener("DOMContentLoaded", async () => {
  if (frame) {
    for (const kind of new Set(Object.keys(lookers))) lookAgain(kind);
    loadReport();
  }
  const { live } = await import(box.dataset.live);
  live(`/calls/${box.dataset.key}/events`, told);
});
