// The keyboard. Single letters can be turned off, since speech control and screen readers may send them unmeant.
const help = $("#help");
if (sound) {
  const lettersOn = $("#keys-on");
  lettersOn.checked = store.get("analyser/letters") !== "off";
  lettersOn.addEventListener("change", () => store.set("analyser/letters", lettersOn.checked ? "on" : "off"));
  $("#keys").addEventListener("click", () => help.showModal());
  $("#help-close").addEventListener("click", () => help.close());

  const letters = {
    k: togglePlay,
    j: () => jump(sound.currentTime - 5),
    l: () => jump(sound.currentTime + 5),
    n: () => stepMoment(1),
    p: () => stepMoment(-1),
    s: toggleSkip,
    f: () => setFollowing(!following),
    "<": () => stepRate(-1),
    ">": () => stepRate(1),
    "/": () => $("#search")?.focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const on = event.target.closest("input, textarea, select, button, a, summary, [role=tab]");
    const typing = on?.matches("input:not([type=radio], [type=checkbox], [type=range]), textarea, select");
    if (typing) return;
    if (event.key === " " && !on) {
      event.preventDefault();
      return togglePlay();
    }
    const act = lettersOn.checked && letters[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
