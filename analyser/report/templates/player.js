// Sound: plays, stops at the end of a moment, skips silence, and tells the rest of the page where it is.
const sound = $("#sound");
const listeners = [];
const onTime = (listener) => listeners.push(listener);
let stopAt = Infinity;
let cued = null;
let skipping = false;

function markPlaying(button) {
  for (const other of $$(".play.on")) other.classList.remove("on");
  if (button) button.classList.add("on");
}

// Play from a second on, up to another one if given. Without sound the page still goes to that place.
function playFrom(start, end = Infinity, button = null) {
  stopAt = end;
  markPlaying(button);
  if (!sound) return showPlace(start);
  if (sound.readyState < 1) {
    cued = start;
    showPlace(start);
    if (!sound.getAttribute("src")) return askForFile();
  } else {
    sound.currentTime = start;
  }
  sound.play().catch(() => {});
}

function showPlace(seconds) {
  for (const listener of listeners) listener(seconds);
}

function askForFile() {
  $("#find").hidden = false;
  $("#file").focus();
  tell($("#find span").textContent);
}

document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-from]");
  if (!asked || String(getSelection())) return;
  const { from, to } = asked.dataset;
  const playing = sound && !sound.paused && asked.classList.contains("on");
  if (playing) return sound.pause();
  playFrom(Number(from), to ? Number(to) + 0.25 : Infinity, asked.classList.contains("play") ? asked : null);
});

// Silence: stretches of more than a second in which no line is spoken.
const silences = [];
{
  let quietFrom = 0;
  for (const line of lines) {
    if (line.start - quietFrom > 1) silences.push([quietFrom + 0.25, line.start - 0.25]);
    quietFrom = Math.max(quietFrom, line.end);
  }
}

function stepMoment(direction) {
  const now = sound ? sound.currentTime : 0;
  const shown = moments.filter((moment) => !moment.card.hidden);
  const found = direction > 0
    ? shown.find((moment) => moment.start > now + 0.5)
    : shown.findLast((moment) => moment.start < now - 1.5);
  if (!found) return;
  found.card.scrollIntoView({ block: "center" });
  tell(`${found.name}, ${clock(found.start)}`);
  const button = $(".play", found.card);
  playFrom(found.start, Number(button.dataset.to) + 0.25, button);
}

if (sound) {
  const toggle = $("#toggle");
  const seek = $("#seek");
  $("#total").textContent = clock(data.length);

  onTime((seconds) => {
    $("#now").textContent = clock(seconds);
    seek.value = seconds;
    seek.setAttribute("aria-valuetext", clock(seconds));
  });

  const showState = () => {
    const playing = !sound.paused;
    toggle.setAttribute("aria-label", say(playing ? "pause" : "play"));
    $("use", toggle).setAttribute("href", playing ? "#i-pause" : "#i-play");
    if (!playing) markPlaying(null);
  };

  // timeupdate comes four times a second: too seldom for words that light up.
  const watch = () => {
    if (sound.paused) return;
    const now = sound.currentTime;
    if (now >= stopAt) {
      stopAt = Infinity;
      sound.pause();
      return;
    }
    if (skipping && stopAt === Infinity) {
      const silence = silences[lastBefore(silences, now, (span) => span[0])];
      if (silence && now < silence[1]) sound.currentTime = silence[1];
    }
    showPlace(now);
    requestAnimationFrame(watch);
  };
  sound.addEventListener("play", () => { showState(); requestAnimationFrame(watch); });
  sound.addEventListener("pause", showState);
  sound.addEventListener("ended", showState);
  sound.addEventListener("seeked", () => showPlace(sound.currentTime));
  sound.addEventListener("loadedmetadata", () => {
    $("#find").hidden = true;
    if (cued !== null) sound.currentTime = cued;
    cued = null;
  });
  sound.addEventListener("error", () => { $("#find").hidden = false; });
  // The error of a file that is not there may have come before this script ran.
  if (sound.error || sound.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) $("#find").hidden = false;

  toggle.addEventListener("click", () => togglePlay());
  seek.addEventListener("input", () => jump(Number(seek.value)));
  $("#back").addEventListener("click", () => jump(sound.currentTime - 5));
  $("#prev").addEventListener("click", () => stepMoment(-1));
  $("#next").addEventListener("click", () => stepMoment(1));
  $("#rate").addEventListener("change", (event) => { sound.playbackRate = Number(event.target.value); });
  $("#skip").addEventListener("click", () => toggleSkip());
  $("#file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (!file) return;
    sound.src = URL.createObjectURL(file);
    sound.addEventListener("error", () => tell(say("not_sound")), { once: true });
    sound.play().catch(() => {});
  });
}

function togglePlay() {
  if (!sound) return;
  if (!sound.getAttribute("src") || sound.error) return askForFile();
  stopAt = Infinity;
  if (sound.paused) sound.play().catch(() => {}); else sound.pause();
}

function jump(seconds) {
  if (!sound) return;
  stopAt = Infinity;
  const place = Math.max(0, Math.min(data.length, seconds));
  if (sound.readyState < 1) cued = place; else sound.currentTime = place;
  showPlace(place);
}

function toggleSkip() {
  skipping = !skipping;
  $("#skip").setAttribute("aria-pressed", String(skipping));
}

function stepRate(direction) {
  const rate = $("#rate");
  const chosen = Math.max(0, Math.min(rate.options.length - 1, rate.selectedIndex + direction));
  rate.selectedIndex = chosen;
  sound.playbackRate = Number(rate.value);
}
