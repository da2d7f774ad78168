"""From labelled pieces and local voices to spans of speech with their speaker."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from analyser.diarise.clustering import Voices
from analyser.diarise.pieces import STRIDE, Pieces, Scene, runs
from analyser.diarise.segmentation import CENTRE, FRAME, FRAMES, LOCAL, RATE, Activity
from analyser.records import SpeakerSpan

SHARED = 3.0
"""log-likelihood that it costs to give two local voices of one window to the same person"""
CONTRARY = 4.0
"""log-likelihood against its owner from which a piece shows that a local voice is a mix of two people"""
GAP = 0.3
"""seconds of silence within one voice's speech that do not end its span"""
PAUSE = 1.1
"""seconds of silence within one voice's speech that do not end its span when nobody else speaks in them: about the
longest that talkers let pass within a turn (Jefferson, "Notes on a possible metric which provides for a 'standard
maximum' silence of approximately one second in conversation", 1989)"""
RIGHT = (1.10, 0.43, 1.40)
"""log-odds that a span has its right speaker: a constant, and weights of the log-odds of its mean certainty and of
the logarithm of its seconds; logistic regression over the spans of the dev mixes and of recordings with known
speakers, by duration: short replies are wrong far more often than long ones"""
SHORT = 0.1
"""seconds below which a span is noise"""


@dataclass(frozen=True)
class Evidence:
    """Per frame of the grid and voice: ``heard`` (frames, voices) 0–1 how active the network finds each voice,
    ``likely`` (frames, voices) 0–1 whose voice the pieces sound like; both float32."""

    heard: NDArray[np.float32]
    likely: NDArray[np.float32]


def likelihoods(vectors: NDArray[np.float32], voices: Voices) -> NDArray[np.float32]:
    """Log-likelihood of each vector under each voice, up to a constant: shape (n, voices).

    Voices are Gaussian clouds of one shape, looked at in the few directions in which their centres differ.
    """
    count = len(voices.centres)
    if count == 1 or not len(vectors):
        return np.zeros((len(vectors), count), dtype=np.float32)
    middle = voices.centres.mean(axis=0)
    _, _, axes = np.linalg.svd(voices.centres - middle, full_matrices=False)
    basis = axes[: count - 1].T
    places, centres = (vectors - middle) @ basis, (voices.centres - middle) @ basis
    offsets = places - centres[voices.labels]
    within = offsets.T @ offsets / max(1, len(offsets)) + 1e-4 * np.eye(count - 1)
    apart = places[:, None, :] - centres[None, :, :]
    return np.asarray(-0.5 * np.einsum("nkd,de,nke->nk", apart, np.linalg.inv(within), apart), dtype=np.float32)


def weigh(activity: Activity, pieces: Pieces, voices: Voices) -> Evidence:
    """Gather, for every frame, what the network and the pieces say about each voice."""
    scores = likelihoods(pieces.vectors, voices)
    scores = scores - scores.max(axis=1, keepdims=True) if len(scores) else scores
    count, frames = len(voices.centres), activity.frames + FRAMES
    heard, cover = np.zeros((frames, count), dtype=np.float32), np.zeros((frames, 1), dtype=np.float32)
    order = np.argsort(pieces.starts, kind="stable")
    starts = pieces.starts[order]
    for window, first in enumerate(activity.starts):
        near = order[np.searchsorted(starts, first - 100) : np.searchsorted(starts, first + FRAMES)]
        owners, trust = _own(activity.hard[window], first, pieces, scores, near, count)
        soft = activity.soft[window].astype(np.float32)
        for local, owner in enumerate(owners):
            at = heard[first : first + FRAMES, owner]
            np.maximum(at, 0, out=at)
            at += trust[local] * soft[:, local]
        cover[first : first + FRAMES] += 1
    heard = np.minimum(heard / np.maximum(cover, 1), 1)
    return Evidence(heard[: activity.frames], _spread(pieces, scores, activity.frames))


def _own(
    hard: NDArray[np.bool_],
    first: int,
    pieces: Pieces,
    scores: NDArray[np.float32],
    near: NDArray[np.int64],
    count: int,
) -> tuple[tuple[int, ...], NDArray[np.float32]]:
    """The voice of each local voice of a window, and how far (0–1) the local voice is to be trusted."""
    alone = np.zeros(hard.shape, dtype=np.bool_)
    alone[:] = hard & (hard.sum(axis=1, keepdims=True) == 1)
    totals = np.zeros((LOCAL, count), dtype=np.float32)
    worst = np.zeros((LOCAL, count), dtype=np.float32)
    for piece in near:
        start, end = max(0, int(pieces.starts[piece]) - first), min(FRAMES, int(pieces.ends[piece]) - first)
        if end - start < (pieces.ends[piece] - pieces.starts[piece]) * 0.6:
            continue
        shares = alone[start:end].mean(axis=0)
        local = int(shares.argmax())
        if shares[local] < 0.6:
            continue
        totals[local] += scores[piece] * min(1.0, (end - start) / (2 * STRIDE))
        worst[local] = np.minimum(worst[local], scores[piece] * shares[local])
    present: NDArray[np.bool_] = np.logical_or.reduce(hard, axis=0)
    best, owners = -np.inf, (0,) * LOCAL
    for choice in product(range(count), repeat=LOCAL):
        value = sum(float(totals[local, owner]) for local, owner in enumerate(choice))
        for one in range(LOCAL):
            for other in range(one):
                value -= SHARED * (choice[one] == choice[other] and present[one] and present[other])
        if value > best:
            best, owners = value, choice
    trust = np.array(
        [0.0 if worst[local, owner] < -CONTRARY else 1.0 for local, owner in enumerate(owners)], dtype=np.float32
    )
    return owners, trust


def _spread(pieces: Pieces, scores: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Probability of each voice per frame from the pieces over it, the middle of a piece counting most."""
    count = scores.shape[1]
    total, weight = np.zeros((frames, count), dtype=np.float32), np.zeros((frames, 1), dtype=np.float32)
    for piece in range(len(scores)):
        start, end = int(pieces.starts[piece]), min(frames, int(pieces.ends[piece]))
        if end <= start:
            continue
        shape = (1 - np.abs(np.linspace(-0.9, 0.9, end - start, dtype=np.float32)))[:, None]
        total[start:end] += shape * scores[piece]
        weight[start:end] += shape
    logits = total / np.maximum(weight, 1e-6)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)


def lay_spans(scene: Scene, speech: NDArray[np.bool_], evidence: Evidence, *, length: int) -> tuple[SpeakerSpan, ...]:
    """Spans per voice; labels "A", "B", … in order of first speech. ``length`` in samples bounds the times."""
    score = evidence.heard + evidence.likely
    count = score.shape[1]
    wanted = np.where(speech, np.clip(np.round(scene.count), 1, count), 0).astype(int)
    ranks = np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1)
    active = np.zeros(score.shape, dtype=np.bool_)
    active[:] = ranks < wanted[:, None]
    certainty = score / np.maximum(score.sum(axis=1, keepdims=True), 1e-6) * np.maximum(wanted, 1)[:, None]
    spans = []
    for voice in range(count):
        others: NDArray[np.bool_] = np.logical_or.reduce(np.delete(active, voice, axis=1), axis=1)
        mask = _tidy(active[:, voice], others)
        for start, end in runs(mask):
            sure = _confidence(float(certainty[start:end, voice].mean()), (end - start) * FRAME / RATE)
            spans.append((_edge(start, length), _edge(end, length), voice, sure))
    spans.sort()
    names: dict[int, str] = {}
    for _, _, voice, _ in spans:
        names.setdefault(voice, chr(ord("A") + len(names)))
    return tuple(SpeakerSpan(start, end, names[voice], sure) for start, end, voice, sure in spans)


def _confidence(certainty: float, seconds: float) -> float:
    """The chance (0–1) that a span's speech is its speaker's, so that of spans at 0.9 nine tenths are right."""
    constant, weight, length = RIGHT
    bounded = min(0.995, max(0.5, certainty))
    odds = constant + weight * math.log(bounded / (1 - bounded)) + length * math.log(min(10.0, max(0.1, seconds)))
    return round(min(0.99, 1 / (1 + math.exp(-odds))), 3)


def _tidy(mask: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close short gaps, and pauses in which nobody of the ``others`` speaks; then drop short runs."""
    mask = mask.copy()
    for start, end in runs(~mask):
        seconds = (end - start) * FRAME / RATE
        if start > 0 and end < len(mask) and (seconds < GAP or (seconds < PAUSE and not others[start:end].any())):
            mask[start:end] = True
    for start, end in runs(mask):
        if (end - start) * FRAME / RATE < SHORT:
            mask[start:end] = False
    return mask


def _edge(frame: int, length: int) -> float:
    """Seconds at which a frame of the grid begins, within the recording."""
    sample = frame * FRAME + CENTRE - FRAME // 2 if frame else 0
    return round(min(sample, length) / RATE, 3)
