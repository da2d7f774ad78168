"""Lets senko or sherpa-onnx hear a folder of recordings and leaves an RTTM of each, for ``speakers_race.py --other``.

Run in an environment of its own, without analyser; the index is all that it needs:

    python -m venv peers && peers/bin/pip install senko==0.2.2 torchaudio sherpa-onnx soundfile scipy
    peers/bin/python tests/benchmarks/speakers_peers.py senko mixes/held-out found/senko
    peers/bin/python tests/benchmarks/speakers_peers.py sherpa mixes/held-out found/sherpa --speakers 2

senko finds the number of voices by itself and brings its networks. sherpa-onnx is given the two networks that ours were
made from, and the number, since what it finds by itself depends on a threshold that nobody could name.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

SUFFIXES = (".wav", ".flac", ".mp3")
RATE = 16_000
Span = tuple[float, float, str]


def mono(path: Path) -> Any:
    """A recording's channels as one: float32 at 16 kHz, shape (n,)."""
    import numpy as np
    import soundfile
    from scipy.signal import resample_poly

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return resample_poly(samples.mean(axis=1), RATE, rate).astype(np.float32)


def senko() -> Callable[[Any], Iterable[Span]]:
    """senko on the CPU; it takes a wave file."""
    import soundfile
    from senko import Diarizer  # type: ignore[import-not-found, unused-ignore]

    opened = Diarizer(device="cpu", quiet=True, warmup=False)

    def hear(samples: Any) -> Iterable[Span]:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            soundfile.write(file.name, samples, RATE, subtype="PCM_16")
            found = opened.diarize(file.name)
        return [(one["start"], one["end"], one["speaker"]) for one in (found or {}).get("merged_segments", [])]

    return hear


def sherpa(models: Path, speakers: int) -> Callable[[Any], Iterable[Span]]:
    """sherpa-onnx with the segmentation and CAM++ of ``models``, two threads."""
    import sherpa_onnx as so  # type: ignore[import-not-found, unused-ignore]

    opened = so.OfflineSpeakerDiarization(
        so.OfflineSpeakerDiarizationConfig(
            segmentation=so.OfflineSpeakerSegmentationModelConfig(
                pyannote=so.OfflineSpeakerSegmentationPyannoteModelConfig(model=str(models / "segmentation-3.0.onnx")),
                num_threads=2,
            ),
            embedding=so.SpeakerEmbeddingExtractorConfig(model=str(models / "campplus_zh_en.onnx"), num_threads=2),
            clustering=so.FastClusteringConfig(num_clusters=speakers),
            min_duration_on=0.3,
            min_duration_off=0.5,
        )
    )
    return lambda samples: [
        (one.start, one.end, f"voice{one.speaker}") for one in opened.process(samples).sort_by_start_time()
    ]


def main() -> None:
    """Hear every recording that has no RTTM yet, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=("senko", "sherpa"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("found", type=Path, help="where the RTTMs are written")
    parser.add_argument("--models", type=Path, default=Path("../shared/models"), help="networks for sherpa-onnx")
    parser.add_argument("--speakers", type=int, default=-1, help="how many voices sherpa-onnx is told")
    given = parser.parse_args()
    hear = senko() if given.peer == "senko" else sherpa(given.models, given.speakers)
    given.found.mkdir(parents=True, exist_ok=True)
    seconds, began = 0.0, time.process_time()
    for path in sorted(given.folder.iterdir()):
        target = given.found / f"{path.stem}.rttm"
        if path.suffix not in SUFFIXES or target.exists():
            continue
        samples = mono(path)
        seconds += len(samples) / RATE
        lines = [
            f"SPEAKER {path.stem} 1 {start:.3f} {end - start:.3f} <NA> <NA> {speaker} <NA> <NA>\n"
            for start, end, speaker in hear(samples)
        ]
        target.write_text("".join(lines), encoding="utf-8")
        print(path.name, len({line.split()[7] for line in lines}), flush=True)
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.0f} s of sound, {spent:.0f} s of processor time ({spent / max(1, seconds):.3f}), {peak:.0f} MB")


if __name__ == "__main__":
    main()
