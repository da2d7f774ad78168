"""Our scores of labelled calls are those of the codebook's own scoring script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analyser.errors import TranscriptError
from analyser.evaluation.annomi import auc
from analyser.evaluation.calls import (
    Prediction,
    Range,
    predict_folder,
    read_folder,
    score,
    table,
    truth,
    write_predictions,
)

SHARED = Path(__file__).parents[3] / "shared" / "calls"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared/calls is not here")
CALL = """# id: x1
# language: nl
S\topen_question,ask_problem\tWaar loopt u tegenaan?
C\tneed\tOnze mensen zijn uitgeput.
S\tpitch\tWij hebben daar een pakket voor.
C\tbackchannel\tHm-hm.
@\tmissed_need\t2\t3\tgaat eraan voorbij
"""


@needs_shared
def test_equal_to_the_codebooks_script(tmp_path: Path) -> None:
    calls = read_folder(SHARED / "dev")[:12]
    made = {}
    for number, call in enumerate(calls):
        gold = truth(call)
        acts = tuple(names if place % 4 else ("other", "pitch") for place, names in enumerate(gold.acts))
        moments = [*gold.moments[number % 2 :], Range("premature_pitch", 5, 6), Range("insight", 1, 1)]
        made[call.name] = Prediction(acts, tuple(moments))
    write_predictions(made, tmp_path / "made.json")
    command = [sys.executable, str(SHARED / "score.py"), str(SHARED / "dev"), str(tmp_path / "made.json")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = json.loads(printed.strip().splitlines()[-1])
    ours = score(calls, made)
    assert theirs["conversations"] == ours.calls
    for name in ("acts_macro_f1", "acts_macro_kappa", "moments_macro_f1", "moments_micro_f1"):
        assert theirs[name] == pytest.approx(getattr(ours, name), abs=0.0006)
    assert theirs["premature_pitch_f1"] == pytest.approx(ours.moments["premature_pitch"].f1, abs=0.0006)


def test_the_truth_scores_one(tmp_path: Path) -> None:
    (tmp_path / "x1.tsv").write_text(CALL, encoding="utf-8")
    calls = read_folder(tmp_path)
    ours = score(calls, {"x1": truth(calls[0])})
    assert all(entry.f1 == 1 for entry in (*ours.acts.values(), *ours.moments.values()))
    assert "missed_need" in table(ours)


def test_labels_play_no_part_in_predictions(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "x1.tsv").write_text(CALL, encoding="utf-8")
    hidden = CALL.replace("open_question,ask_problem", "other").replace("need\tOnze", "other\tOnze")
    (tmp_path / "b" / "x1.tsv").write_text("\n".join(hidden.splitlines()[:-1]) + "\n", encoding="utf-8")
    assert predict_folder(tmp_path / "a") == predict_folder(tmp_path / "b")


def test_an_empty_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="no conversations"):
        predict_folder(tmp_path)


def test_auc_ranks() -> None:
    assert auc([3, 2, 1], [True, True, False]) == 1.0
    assert auc([1, 1], [True, False]) == 0.5
