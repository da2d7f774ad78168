// Remarks: written at a time or a moment, answered, taken in. The list is brought up to date piece by piece, so that
// nothing that somebody is typing is lost when another's remark comes in.
"use strict";
const shownThreads = new Map(); // key → element
let allComments = [];
let atMoment = null;
let firstLook = true;

function dateOf(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(document.documentElement.lang, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}

const momentName = (key) => report.moments.find((moment) => moment.key === key)?.name;

// Where the remark that is being written belongs: it stays where one began to write.
let writingAt = null;
function showTime() {
  $("#comment-time").textContent = clock(writingAt ?? report.now);
}
onReport("time", showTime);
$("#comment-text").addEventListener("input", (event) => {
  writingAt = event.target.value ? (writingAt ?? report.now) : null;
  showTime();
});
function setMoment(moment, seconds) {
  atMoment = moment;
  const chip = $("#comment-moment");
  chip.hidden = !moment;
  $("bdi", chip).textContent = moment ? momentName(moment) ?? moment : "";
  if (moment) {
    writingAt = seconds;
    $("#comment-at").checked = true;
  }
  showTime();
}
$("#comment-moment button").addEventListener("click", () => {
  setMoment(null);
  $("#comment-text").focus();
});
onReport("remark", ({ moment, seconds }) => {
  openTab("comments");
  setMoment(String(moment), Number(seconds) || 0);
  $("#comment-text").focus();
});
onReport("show", ({ moment }) => {
  openTab("comments");
  const found = allComments.find((one) => one.moment === moment);
  shownThreads.get(found?.key)?.scrollIntoView({ block: "center" });
});
onReport("ready", (message) => {
  const at = $(".at");
  at.hidden = false;
  if (!message.timed) $("#comment-at").checked = false;
  at.hidden = !message.timed;
  showComments();
});

$("#composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = $("#comment-text");
  const text = field.value.trim();
  if (!text) return;
  const timed = $("#comment-at").checked && report.timed;
  const time = timed || atMoment ? writingAt ?? report.now : null;
  const kept = await attempt(() => ask("comments", { text, kind: $("#comment-kind").value, time, moment: atMoment ?? "" }));
  if (!kept) return;
  field.value = "";
  writingAt = null;
  setMoment(null);
  look(readComments);
});
$("#comment-text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("#composer").requestSubmit();
});

async function readComments() {
  allComments = (await ask("comments")).comments;
  showComments();
}

function showComments() {
  const list = $("#comments");
  const keys = new Set(allComments.map((one) => one.key));
  for (const [key, element] of shownThreads) {
    if (keys.has(key)) continue;
    element.remove();
    shownThreads.delete(key);
  }
  allComments.forEach((one, place) => {
    let element = shownThreads.get(one.key);
    if (!element) {
      element = newRemark("li", `thread${firstLook ? "" : " new"}`);
      element.append(make("ol", "answers"));
      shownThreads.set(one.key, element);
    }
    element.className = element.className.replace(/ (praise|coaching|question|warning)/g, "") + ` ${one.kind}`;
    showRemark(element, one, one);
    showAnswers($(".answers", element), one);
    // Moving an element takes the focus out of it: only what stands wrong is moved.
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
  $("#comments-empty").hidden = allComments.length > 0;
  const count = $("#comment-count");
  count.textContent = allComments.length;
  count.hidden = !allComments.length;
  firstLook = false;
  tellReview();
}

function showAnswers(list, thread) {
  const keys = new Set(thread.answers.map((one) => one.key));
  for (const element of [...list.children]) if (!keys.has(element.dataset.key)) element.remove();
  for (const one of thread.answers) {
    let element = [...list.children].find((other) => other.dataset.key === one.key);
    if (!element) {
      element = newRemark("li", "answer");
      element.dataset.key = one.key;
      list.append(element);
    }
    showRemark(element, one, thread);
  }
  list.hidden = !thread.answers.length;
}

function newRemark(name, look) {
  const element = make(name, look);
  element.append(make("div", "meta"), make("p", "text"), make("div", "editors"), make("div", "acts"));
  return element;
}

function showRemark(element, one, thread) {
  const isAnswer = one !== thread;
  const meta = make("div", "meta");
  if (!isAnswer) {
    meta.append(make("span", "kind", say(`kind_${one.kind}`)));
    if (one.time !== null && report.timed) meta.append(button("time", clock(one.time), () => play(one.time)));
    if (one.moment && momentName(one.moment)) meta.append(button("quiet-button", momentName(one.moment), () => showMoment(one.moment)));
  }
  meta.append(make("bdi", "", one.mine ? say("me") : one.author || say("somebody")), make("span", "", dateOf(one.created)));
  if (one.edited && one.text) meta.append(make("span", "", say("edited")));
  if (one.acknowledged) meta.append(make("span", "tag done", say("taken", { name: one.acknowledged === true ? say("somebody") : one.acknowledged })));
  const old = $(":scope > .meta", element);
  if (old.textContent !== meta.textContent) old.replaceWith(meta);
  $(":scope > .text", element).textContent = one.text || say("removed");
  const acts = $(":scope > .acts", element);
  const wanted = JSON.stringify([one.mine, Boolean(one.acknowledged), one.may_acknowledge, Boolean(one.text), one.kind]);
  if (acts.dataset.made === wanted) return;
  // Not while one of them has the focus: it would be lost.
  if (acts.contains(document.activeElement)) $("#comment-text").focus({ preventScroll: true });
  acts.dataset.made = wanted;
  acts.replaceChildren();
  if (!isAnswer) acts.append(button("quiet-button", say("answer"), () => openEditor(element, "answer", one)));
  if (one.text && one.may_acknowledge) {
    acts.append(button("quiet-button", say(one.acknowledged ? "untake" : "take"), () => change(() =>
      ask(`comments/${one.key}/acknowledge`, { taken: !one.acknowledged }))));
  }
  if (one.text && one.mine) {
    acts.append(button("quiet-button", say("edit"), () => openEditor(element, "edit", one, isAnswer)));
    acts.append(button("quiet-button", say("remove"), () => {
      if (confirm(say("confirm_remove"))) change(() => ask(`comments/${one.key}`, undefined, "DELETE"));
    }));
  }
}

async function change(act) {
  const done = await attempt(act);
  if (done) look(readComments);
  return done;
}

function openEditor(element, what, one, isAnswer) {
  const place = $(":scope > .editors", element);
  if (place.firstChild) return $("textarea", place).focus();
  const form = make("form", "editor");
  const field = make("textarea");
  field.rows = 2;
  field.maxLength = 5000;
  field.required = true;
  field.setAttribute("aria-label", say(`${what}_label`));
  if (what === "edit") field.value = $(":scope > .text", element).textContent;
  const row = make("div", "row");
  let kind = null;
  if (what === "edit" && !isAnswer) {
    kind = $("#comment-kind").cloneNode(true);
    kind.removeAttribute("id");
    kind.setAttribute("aria-label", say("edit_label"));
    kind.value = [...element.classList].find((name) => texts[`kind_${name}`]) ?? one.kind;
    row.append(kind);
  }
  const send = make("button", "main", say(what === "edit" ? "save" : "send"));
  row.append(send, button("", say("cancel"), () => form.remove()));
  form.append(field, row);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    send.disabled = true;
    const kept = await change(() => what === "edit"
      ? ask(`comments/${one.key}`, { text, ...(kind ? { kind: kind.value } : {}) })
      : ask("comments", { text, answers: one.key }));
    send.disabled = false;
    if (kept) form.remove();
  });
  place.append(form);
  field.focus();
}

onChange(["comment"], readComments);
