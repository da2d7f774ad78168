// Names and roles: names change in the whole page at once; figures need the command, since they are counted anew.
const given = new Map(data.voices.map((voice) => [voice.number, voice.given]));
let swapped = false;

const sideOf = (voice) => (swapped ? { seller: "client", client: "seller" }[voice.side] : voice.side);
const original = new Map(data.voices.map((voice) => [voice.number, voice.name]));

function nameOf(voice) {
  const name = given.get(voice.number);
  if (name) return name;
  if (!swapped || voice.given) return original.get(voice.number);
  const alone = data.voices.filter((other) => sideOf(other) === sideOf(voice)).length === 1;
  return alone ? say(sideOf(voice)) : `${say(sideOf(voice))} ${voice.label}`;
}

// In double quotes a shell still reads these.
const quoted = (text) => `"${text.replace(/["\\$`!]/g, "\\$&")}"`;

function command() {
  const parts = ["analyser relabel REPORT"];
  const sellers = data.voices.filter((voice) => sideOf(voice) === "seller");
  if (swapped && sellers.length) parts.push(`--seller ${quoted(sellers[0].label)}`);
  for (const voice of data.voices) {
    const name = given.get(voice.number);
    if (name && name !== voice.given) parts.push(`--name ${quoted(`${voice.label}=${name}`)}`);
  }
  return parts.join(" ");
}

function showVoices() {
  for (const voice of data.voices) {
    for (const shown of $$(`[data-name="${voice.number}"]`)) shown.textContent = nameOf(voice);
    for (const shown of $$(`[data-role="${voice.number}"]`)) shown.textContent = say(sideOf(voice));
    for (const shown of $$(`[data-side="${voice.number}"]`)) shown.className = `dot ${sideOf(voice)}`;
  }
  $("#swapped").hidden = !swapped;
  $("#command").textContent = command();
  store.set(storeKey("names"), JSON.stringify({ names: Object.fromEntries(given), swapped }));
}

for (const field of $$("[data-voice]")) {
  field.addEventListener("input", () => {
    given.set(field.dataset.voice, field.value.trim());
    showVoices();
  });
}
$("#swap").addEventListener("click", () => {
  swapped = !swapped;
  showVoices();
});
$("#who-reset").addEventListener("click", () => {
  swapped = false;
  for (const voice of data.voices) given.set(voice.number, voice.given);
  for (const field of $$("[data-voice]")) field.value = given.get(field.dataset.voice);
  showVoices();
});
$("#copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(command()); } catch { getSelection().selectAllChildren($("#command")); }
  tell(say("copied"));
});
$("#corrections").addEventListener("click", () => {
  const named = data.voices.filter((voice) => given.get(voice.number) && given.get(voice.number) !== voice.given);
  const corrections = [
    ...named.map((voice) => ({ kind: "name", speaker: voice.label, name: given.get(voice.number) })),
    ...(swapped ? data.voices.map((voice) => ({ kind: "side", speaker: voice.label, side: sideOf(voice) })) : []),
  ];
  save("corrections.json", `${JSON.stringify({ corrections, schema: 1 }, null, 1)}\n`);
});
{
  let kept = {};
  try { kept = JSON.parse(store.get(storeKey("names")) ?? "{}") ?? {}; } catch { /* not ours: leave it */ }
  swapped = kept.swapped === true;
  for (const voice of data.voices) {
    const name = kept.names?.[voice.number];
    if (typeof name === "string") given.set(voice.number, name.slice(0, 80));
  }
  for (const field of $$("[data-voice]")) field.value = given.get(field.dataset.voice);
  showVoices();
}
