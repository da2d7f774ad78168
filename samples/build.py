"""Make the sample calls from their scripts: ``python samples/build.py --styles VOICES [NAME…]``, see samples/README.md.

Needs espeak-ng, the extra ``samples`` and the folder ``voices`` of the npm package kokoro-js 1.2.1. The same machine
makes the same files again: Kokoro draws nothing at random, gaps and noise are seeded by the name of the call.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
from kokoro import RATE, Kokoro, Voice
from mixing import PHONE_RATE, place, room, telephone, tracks, write_sound
from script import SIDES, Script, read_script
from truth import as_json, as_labelled_call, as_rttm

HERE = Path(__file__).resolve().parent
SPEECH = {"nl": "nl", "en": "en-us"}  # espeak-ng's languages; a British voice asks for en-gb


def voices(script: Script, lexicon: dict[str, dict[str, str]]) -> dict[str, Voice]:
    """The voice of each side, from the headers ``seller`` and ``client``: a style, and a speed if not 1."""
    language = script.headers["language"]
    found = {}
    for side in SIDES.values():
        style, _, speed = script.headers[side].partition(" ")
        accent = "en-gb" if language == "en" and style.startswith("b") else SPEECH[language]
        found[side] = Voice(style, float(speed or 1), accent, lexicon[language])
    return found


def build(script: Script, kokoro: Kokoro, lexicon: dict[str, dict[str, str]], *, output: Path) -> float:
    """Make one call and its truth in ``output``; returns its length in seconds."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(script.name.encode()).digest()[:8]))
    chosen = voices(script, lexicon)
    lines = [kokoro.speak(entry.text, chosen[entry.side]) for entry in script.entries]
    placed = place(script.entries, lines, rng)
    sound = tracks(placed)
    phone = script.headers.get("line") == "telephone"
    final, rate = (telephone(sound, rng), PHONE_RATE) if phone else (room(sound, rng), RATE)
    path = output / f"{script.name}.{script.headers['audio']}"
    write_sound(path, final, rate)
    audio = {"file": path.name, "duration": round(final.shape[1] / rate, 3), "rate": rate, "channels": len(final)}
    if phone:
        audio["layout"] = dict(zip(("left", "right"), SIDES.values(), strict=True))
    made_with = {
        "model": "Kokoro-82M v1.0, int8 ONNX",
        "voices": {side: {"style": voice.style, "speed": voice.speed} for side, voice in chosen.items()},
    }
    truth = as_json(script, placed, audio=audio, made_with=made_with)
    (output / f"{script.name}.json").write_text(
        json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (output / f"{script.name}.rttm").write_text(as_rttm(script.name, truth["speech"]), encoding="utf-8")
    (output / f"{script.name}.tsv").write_text(as_labelled_call(script), encoding="utf-8")
    return float(final.shape[1] / rate)


def main() -> None:
    """Parse the command line and build the calls named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="calls to make (default: every script)")
    parser.add_argument("--styles", type=Path, required=True, help="folder voices of the npm package kokoro-js")
    parser.add_argument("--output", type=Path, default=HERE, help="where the calls go (default: %(default)s)")
    parser.add_argument(
        "--cache",
        type=Path,
        default=HERE.parent / "build" / "samples",
        help="keeps spoken lines (default: %(default)s)",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads to speak with (default: %(default)s)")
    options = parser.parse_args()
    lexicon = tomllib.loads((HERE / "scripts" / "pronounce.toml").read_text(encoding="utf-8"))
    kokoro = Kokoro(styles=options.styles, cache=options.cache, threads=options.threads)
    for path in sorted((HERE / "scripts").glob("*.tsv")):
        if not options.names or path.stem in options.names:
            seconds = build(read_script(path), kokoro, lexicon, output=options.output)
            print(f"{path.stem}: {seconds:.0f} s")


if __name__ == "__main__":
    main()
