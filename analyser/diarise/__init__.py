"""Who speaks when, in a recording in which all voices share one channel.

A network hears up to three voices in ten seconds (`segmentation`); pieces of 1.5 s are heard by a second network
(`embedding`, `pieces`) and put together by voice (`clustering`); both are joined into spans (`assembly`).
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from analyser.errors import SpeakerError
from analyser.records import SpeakerSpan

MOST_SPEAKERS = 4


def diarise(
    samples: NDArray[np.int16],
    *,
    speakers: int | None = None,
    threads: int = 0,
) -> tuple[SpeakerSpan, ...]:
    """Spans of speech with their speaker ("A", "B", … in order of first speech), overlapped speech given to both.

    ``samples``: int16 mono at 16 kHz, shape (n,), possibly a memory map of hours. Speech is found with a network of its
    own: voice activity adds none that it misses. ``speakers``: how many voices there are, 1 to 4; None finds out.
    ``threads`` 0 takes a quarter of the processor's cores, since words are recognised on them at the same time. Silence
    gives no spans. Raises ModelError when a network is missing or damaged, SpeakerError for other ``speakers``.
    """
    from analyser.diarise.assembly import lay_spans, weigh
    from analyser.diarise.clustering import find_voices
    from analyser.diarise.pieces import cut_pieces, embed_pieces, set_scene
    from analyser.diarise.segmentation import hear_activity

    if speakers is not None and not 1 <= speakers <= MOST_SPEAKERS:
        raise SpeakerError(f"{speakers} speakers cannot be told apart; give 1 to {MOST_SPEAKERS}, or leave it out.")
    if not len(samples):
        return ()
    threads = threads or max(1, (os.cpu_count() or 1) // 4)
    activity = hear_activity(samples, threads=threads)
    scene = set_scene(activity)
    speech = scene.speech > 0.5
    if not speech.any():
        return ()
    pieces = embed_pieces(samples, cut_pieces(scene, speech), threads=threads)
    voices = find_voices(pieces.vectors, pieces.seconds, speakers=speakers)
    return lay_spans(scene, speech, weigh(activity, pieces, voices), length=len(samples))
