"""Acts against other people's labels: ``python tests/benchmarks/acts_elsewhere.py ../shared/text``.

Prints the tables of README-acts.md: AnnoMI (English counselling, expert codes) and IFADV (spontaneous Dutch), and how
long an utterance takes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from analyser.evaluation import annomi, ifadv


def main(folder: Path) -> None:
    calls = annomi.read_annomi(folder / "annomi-dev.csv")
    began = time.process_time()
    found = annomi.compare(calls)
    spent, count = (
        time.process_time() - began,
        sum(len(turn.words) for call in calls for turn in call.conversation.turns),
    )
    print("| AnnoMI code | cases | P | R | F1 | kappa | people's kappa |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, score in found.codes.items():
        figures = " | ".join(f"{value:.2f}" for value in (score.precision, score.recall, score.f1, score.kappa))
        print(f"| {name} | {score.cases} | {figures} | {annomi.AGREEMENT[name]:.2f} |")
    for name, value in found.auc.items():
        print(f"AUC of {name}: {value:.2f}")
    print(f"{1000 * spent / count:.2f} ms of processor time a word ({count} words)")
    score = ifadv.compare(ifadv.read_ifadv(folder / "ifadv-dev.csv"))
    figures = f"P {score.precision:.2f} R {score.recall:.2f} F1 {score.f1:.2f} kappa {score.kappa:.2f}"
    print(f"IFADV questions without question mark ({score.cases} cases): {figures}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
