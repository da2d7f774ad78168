// The timeline as a place to go through the call: pointer, keyboard, zoom, playhead.
const picture = $("#tl");
const scroller = $("#tl-scroll");
const tip = $("#tip");
let zoom = 1;
let at = -1; // the line that the keyboard is on

const steps = (() => {
  // The curve as the page drew it: places in twentieths of a second, levels from 100 (nothing known) to 0.
  const found = [{ time: 0, level: 0 }];
  const drawn = $(".curve", picture)?.getAttribute("d") ?? "";
  for (const [, x, y] of drawn.matchAll(/H([\d.]+)V([\d.]+)/g)) found.push({ time: x / 20, level: 1 - y / 100 });
  return found;
})();

const secondAt = (event) => {
  const box = picture.getBoundingClientRect();
  return Math.max(0, Math.min(data.length, ((event.clientX - box.left) / box.width) * data.length));
};

// The line spoken at a second, that of the lane under the pointer where both speak.
function lineAt(seconds, side) {
  let found = null;
  for (let place = lastBefore(lines, seconds, (line) => line.start); place >= 0 && !found; place -= 1) {
    const line = lines[place];
    if (seconds - line.start > 180) break;
    if (seconds <= line.end && (!side || line.turn.classList.contains(side))) found = line;
  }
  return found;
}

const shorten = (text) => (text.length > 190 ? `${text.slice(0, 180).trimEnd()} …` : text);

function showTip(x, y, { line, moment, seconds }) {
  tip.replaceChildren();
  if (moment) {
    tip.append(element("b", "", `${clock(moment.start)} ${moment.name}`), element("q", "", shorten(moment.line?.shown.textContent ?? "")));
  } else if (line) {
    tip.append(element("b", "", `${clock(line.start)} ${speakerOf(line)}`), element("q", "", shorten(line.shown.textContent)));
    const acts = actsOf(line).map(({ name }) => name);
    if (acts.length) tip.append(element("i", "", acts.join(" · ")));
  } else {
    tip.append(element("b", "", `${clock(seconds)} ${say("silence")}`));
  }
  if (steps.length > 1) {
    const level = steps[lastBefore(steps, seconds, (step) => step.time)].level;
    tip.append(element("i", "", say("readiness", { n: `${Math.round(100 * level)}%` })));
  }
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(innerWidth - box.width - 8, x - box.width / 2))}px`;
  tip.style.top = `${y - box.height - 14 < 8 ? y + 22 : y - box.height - 14}px`;
}

function place(group, seconds) {
  const x = (seconds / data.length) * picture.getBoundingClientRect().width;
  group.setAttribute("transform", `translate(${x.toFixed(1)} 0)`);
  group.setAttribute("visibility", "visible");
}

let showAgain = null;
const hideTip = () => {
  tip.hidden = true;
  showAgain = null;
};

picture.addEventListener("pointermove", (event) => {
  showAgain = null;
  const seconds = secondAt(event);
  const mark = event.target.closest(".mark");
  const y = event.clientY - picture.getBoundingClientRect().top;
  const side = y > 86 && y < 137 ? "seller" : y > 143 && y < 194 ? "client" : null;
  showTip(event.clientX, event.clientY, { seconds, line: lineAt(seconds, side), moment: mark && moments[Number(mark.dataset.moment)] });
});
picture.addEventListener("pointerleave", hideTip);
// What the keyboard shows moves along with the page; what the pointer shows goes.
addEventListener("scroll", () => (showAgain && !tip.hidden ? showAgain() : hideTip()), { passive: true });

function openMoment(moment) {
  moment.card.hidden = false;
  moment.card.scrollIntoView({ block: "start" });
}

picture.addEventListener("click", (event) => {
  const mark = event.target.closest(".mark");
  const moment = mark && moments[Number(mark.dataset.moment)];
  if (moment) {
    const button = $(".play", moment.card);
    if (data.timed) playFrom(moment.start, Number(button.dataset.to) + 0.25, button); else openMoment(moment);
  } else if (data.timed) {
    playFrom(secondAt(event));
  } else {
    lineAt(secondAt(event))?.shown.scrollIntoView({ block: "center" });
  }
});

// As a slider: arrows walk along the lines, Page Up and Page Down along the moments, Enter plays.
picture.setAttribute("role", "slider");
picture.setAttribute("tabindex", "0");
picture.setAttribute("aria-valuemin", "0");
picture.setAttribute("aria-valuemax", String(Math.round(data.length)));
picture.setAttribute("aria-valuenow", "0");
picture.setAttribute("aria-valuetext", clock(0));

function goTo(line, moment) {
  const seconds = moment ? moment.start : line.start;
  at = moment ? Math.max(0, lastBefore(lines, seconds + 0.01, (candidate) => candidate.start)) : lines.indexOf(line);
  place($("#cursor"), seconds);
  const words = moment ? moment.name : `${speakerOf(line)}: ${line.shown.textContent}`;
  picture.setAttribute("aria-valuenow", String(Math.round(seconds)));
  picture.setAttribute("aria-valuetext", `${clock(seconds)} ${shorten(words)}`);
  const x = (seconds / data.length) * picture.getBoundingClientRect().width;
  if (x < scroller.scrollLeft + 40 || x > scroller.scrollLeft + scroller.clientWidth - 40) {
    scroller.scrollLeft = x - scroller.clientWidth / 2;
  }
  showAgain = () => {
    const box = picture.getBoundingClientRect();
    showTip(box.left + x, box.top + 120, { seconds, line, moment });
  };
  showAgain();
}

picture.addEventListener("keydown", (event) => {
  const now = lines[at]?.start ?? -1;
  const stepTo = (step) => goTo(lines[Math.max(0, Math.min(lines.length - 1, at + step))]);
  const next = moments.find((moment) => moment.start > now + 0.05);
  const previous = moments.findLast((moment) => moment.start < now - 0.05);
  const keys = {
    ArrowRight: () => stepTo(1),
    ArrowUp: () => stepTo(1),
    ArrowLeft: () => stepTo(-1),
    ArrowDown: () => stepTo(-1),
    Home: () => goTo(lines[0]),
    End: () => goTo(lines.at(-1)),
    PageDown: () => next && goTo(lines[0], next),
    PageUp: () => previous && goTo(lines[0], previous),
    Enter: () => (data.timed ? playFrom(Math.max(0, now)) : lines[at]?.shown.scrollIntoView({ block: "center" })),
    "+": () => setZoom(zoom * 2),
    "-": () => setZoom(zoom / 2),
    Escape: hideTip,
  };
  if (!keys[event.key] || !lines.length) return;
  event.preventDefault();
  event.stopPropagation();
  keys[event.key]();
});
picture.addEventListener("blur", () => {
  hideTip();
  $("#cursor").setAttribute("visibility", "hidden");
});

let played = -1;
onTime((seconds) => {
  played = seconds;
  place($("#head"), seconds);
  if (zoom === 1 || !sound || sound.paused) return;
  const x = (seconds / data.length) * picture.getBoundingClientRect().width;
  if (x < scroller.scrollLeft || x > scroller.scrollLeft + scroller.clientWidth - 30) scroller.scrollLeft = x - 60;
});

// Zoom keeps the second in the middle where it is; a minute fills the width at most.
function setZoom(wanted) {
  const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / scroller.scrollWidth;
  zoom = Math.max(1, Math.min(wanted, Math.max(2, data.length / 45)));
  picture.style.width = `${100 * zoom}%`;
  picture.dataset.zoom = zoom >= 8 ? "2" : zoom >= 2.5 ? "1" : "0";
  scroller.scrollLeft = middle * scroller.scrollWidth - scroller.clientWidth / 2;
  if (played >= 0) place($("#head"), played);
  tell(say("zoomed", { n: Math.round(10 * zoom) / 10 }));
}
$("#zoom-in").addEventListener("click", () => setZoom(zoom * 2));
$("#zoom-out").addEventListener("click", () => setZoom(zoom / 2));
$("#zoom-all").addEventListener("click", () => setZoom(1));
addEventListener("resize", () => { if (played >= 0) place($("#head"), played); });
if (scroller.clientWidth < 640 && data.length > 240) {
  setZoom(Math.min(4, data.length / 150));
  scroller.scrollLeft = 0;
}
