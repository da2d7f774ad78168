// Scorecards: filled in apart, kept as one goes, side by side when both sides are done.
"use strict";
const shownCards = new Map(); // key → { element, state }

async function readScores() {
  const { cards } = await ask(withSide("scores"));
  const place = $("#cards");
  const keys = new Set(cards.map((card) => card.key));
  for (const [key, { element }] of shownCards) {
    if (keys.has(key)) continue;
    element.remove();
    shownCards.delete(key);
  }
  for (const card of cards) {
    const mine = card.done[side()];
    const state = `${side()} ${card.other ? "both" : mine}`;
    const before = shownCards.get(card.key);
    if (before?.state === state) {
      showScoreState(before.element, card);
      continue;
    }
    const open = before ? $("details", before.element).open : cards.length === 1;
    const element = card.other ? pairs(card) : scoreForm(card, mine);
    $("details", element).open = open;
    if (before) before.element.replaceWith(element); else place.append(element);
    shownCards.set(card.key, { element, state });
    showScoreState(element, card);
  }
  $("#cards-empty").hidden = cards.length > 0;
}

function scoreFrame(card) {
  const element = make("div", "score");
  const details = make("details");
  const head = make("summary");
  head.append(make("bdi", "", card.name), " ", make("small", "", say("version", { n: card.version })));
  details.append(head, make("p", "soft state"));
  $(".state", details).setAttribute("role", "status");
  element.append(details);
  return { element, details };
}

function showScoreState(element, card) {
  const mine = card.done[side()];
  const other = card.done[side() === "trainer" ? "trainee" : "trainer"];
  let text = mine ? say("mine_done") : say(other ? "other_done" : "other_busy");
  if (card.agreement) {
    const { same, count, likeness } = card.agreement;
    text = count ? say("score_same", { same, n: count, share: Math.round(100 * likeness) }) : say("score_none");
  }
  $(".state", element).textContent = text;
}

function scoreForm(card, locked) {
  const { element, details } = scoreFrame(card);
  const form = make("form");
  const waiting = {};
  let timer = null;
  let chain = Promise.resolve();
  const at = sideField();
  const send = (done) => {
    clearTimeout(timer);
    const answers = { ...waiting };
    for (const key of Object.keys(waiting)) delete waiting[key];
    chain = chain.then(async () => {
      const kept = await attempt(() => ask(`scores/${card.key}`, { answers, done, ...at }));
      // What was not kept goes along the next time, unless it was changed since.
      if (!kept) for (const [key, answer] of Object.entries(answers)) waiting[key] ??= answer;
    });
    return chain;
  };
  for (const question of card.questions) {
    form.append(field(card, question, card.mine[question.id] ?? {}, locked, (answer) => {
      waiting[question.id] = answer;
      clearTimeout(timer);
      timer = setTimeout(() => send(false), 500);
    }));
  }
  addEventListener("pagehide", () => { if (Object.keys(waiting).length) send(false); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await send(!locked);
    look(readScores);
  });
  form.append(make("button", locked ? "" : "main", say(locked ? "reopen" : "done")));
  details.append(form);
  return element;
}

function field(card, question, answer, locked, changed) {
  const set = make("fieldset");
  set.append(make("legend", "", question.text));
  if (question.guide) set.append(make("p", "soft", question.guide));
  const name = `${card.key}-${question.id}`;
  const inputs = [];
  const add = (place, kind, value, text, on) => {
    const label = make("label", "choice");
    const input = make("input");
    Object.assign(input, { type: kind, name, value: String(value), checked: on, disabled: locked });
    label.append(input, make("span", "", text));
    inputs.push(input);
    place.append(label);
  };
  let words = null;
  const choices = make("div", question.kind === "scale" ? "scale" : `choices${question.kind === "yes_no" ? "" : " column"}`);
  if (question.kind === "scale") {
    for (let step = question.low; step <= question.high; step += 1) add(choices, "radio", step, String(step), answer.value === step);
  } else if (question.kind === "yes_no") {
    add(choices, "radio", "true", say("yes"), answer.value === true);
    add(choices, "radio", "false", say("no"), answer.value === false);
  } else if (question.kind === "open") {
    words = make("textarea");
    Object.assign(words, { rows: 2, maxLength: 5000, value: answer.value ?? "", disabled: locked });
    words.setAttribute("aria-label", question.text);
    choices.append(words);
  } else {
    question.options.forEach((text, place) => add(choices, question.kind === "multiple" ? "checkbox" : "radio", place, text,
      question.kind === "multiple" ? Boolean(answer.value?.includes(place)) : answer.value === place));
  }
  const extra = make("div", "extra");
  const naLabel = make("label", "choice");
  const na = make("input");
  Object.assign(na, { type: "checkbox", checked: Boolean(answer.na), disabled: locked });
  na.setAttribute("aria-label", `${question.text}: ${say("na")}`);
  naLabel.title = say("na");
  naLabel.append(na, make("span", "", say("na_short")));
  const note = make("input");
  Object.assign(note, { type: "text", maxLength: 2000, placeholder: say("note"), value: answer.note ?? "", disabled: locked, autocomplete: "off" });
  note.setAttribute("aria-label", `${question.text}: ${say("note")}`);
  extra.append(naLabel, note);
  const ends = [[question.low, question.low_label], [question.high, question.high_label]].filter(([, text]) => text);
  set.append(choices);
  if (question.kind === "scale" && ends.length) set.append(make("small", "", ends.map(([step, text]) => `${step} = ${text}`).join(" · ")));
  set.append(extra);

  const read = () => {
    if (na.checked) return null;
    const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
    if (question.kind === "open") return words.value.trim() || null;
    if (question.kind === "multiple") return chosen.length ? chosen.map(Number) : null;
    if (!chosen.length) return null;
    return question.kind === "yes_no" ? chosen[0] === "true" : Number(chosen[0]);
  };
  set.addEventListener("input", (event) => {
    if (event.target === na && na.checked) {
      for (const input of inputs) input.checked = false;
      if (words) words.value = "";
    } else if (event.target !== note && event.target !== na) {
      na.checked = false;
    }
    changed({ value: read(), note: note.value.trim(), na: na.checked });
  });
  return set;
}

function answerText(question, answer) {
  if (answer?.na) return say("na");
  const value = answer?.value;
  if (value === null || value === undefined) return say("no_answer");
  if (question.kind === "yes_no") return say(value ? "yes" : "no");
  if (question.kind === "single") return question.options[value] ?? "";
  if (question.kind === "multiple") return value.map((place) => question.options[place]).join(", ");
  return String(value);
}

function pairs(card) {
  const { element, details } = scoreFrame(card);
  for (const question of card.questions) {
    const set = make("div", "compared");
    set.append(make("h3", "", question.text));
    const pair = make("div", "pair");
    for (const name of ["trainer", "trainee"]) {
      const answer = (name === side() ? card.mine : card.other)[question.id];
      const one = make("div");
      one.append(make("b", "", say(name)), make("span", "", answerText(question, answer)));
      if (answer?.note) one.append(make("p", "soft", answer.note));
      pair.append(one);
    }
    set.append(pair);
    const alike = card.agreement.questions[question.id];
    if (alike !== null && alike !== undefined) {
      set.append(make("p", alike === 1 ? "agree" : "differ", say("alike", { share: Math.round(100 * alike) })));
    }
    details.append(set);
  }
  return element;
}

onChange(["score"], readScores);
