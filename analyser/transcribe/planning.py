"""Which recogniser is used, on what, and how: decided before anything is heard, and told in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analyser import models
from analyser.doctor import Hardware, hardware
from analyser.records import ModelUse
from analyser.settings import Settings

BASE_SPEED = 6.0
"""seconds of call that one CPU core of a few years old recognises in a second with the base model"""
LEAST_SPEED = 2.0
"""`auto` takes no model that needs more than half of a call's length on this machine"""


@dataclass(frozen=True)
class Plan:
    """How words will be recognised. ``folder`` holds the model, its hashes verified; ``why`` is for people.

    ``workers`` groups of windows are decoded at a time, each with ``threads`` processor threads.
    """

    folder: Path
    use: ModelUse
    device: str = "cpu"
    compute: str = "int8"
    workers: int = 1
    threads: int = 1
    batch: int = 4
    beam: int = 5
    why: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Changes when another result is to be expected; threads and workers do not count."""
        return f"{self.use.name} {self.use.sha256} {self.device} {self.compute} {self.beam}"


def plan(settings: Settings) -> Plan:
    """Choose model, device and numbers for this machine; verifies the model's files.

    Raises ModelError when the model is unknown, not present or damaged, or the device cannot be used.
    """
    machine = hardware(settings.device)
    chosen, why = _choose(settings.model, machine)
    folder, sha256 = models.ready(chosen)
    cores = settings.threads or machine.cores
    workers = 1 if machine.gpu else max(1, cores)
    return Plan(
        folder=folder,
        use=ModelUse("speech recognition", chosen.name, chosen.revision, sha256),
        device="cuda" if machine.gpu else "cpu",
        compute=machine.compute,
        workers=workers,
        threads=max(1, cores // workers),
        batch=machine.batch or settings.batch,
        beam=settings.beam,
        why=(*why, *machine.lines),
    )


def _choose(name: str, machine: Hardware) -> tuple[models.Model, tuple[str, ...]]:
    """The model named, or the best present that fits, with the reason."""
    if name != "auto":
        return models.find(name), (f"Model '{name}', as asked.",)
    passed: list[str] = []
    for model in reversed(models.catalogue()):
        if not models.present(model):
            continue
        if model.memory > machine.memory:
            passed.append(f"'{model.name}' needs {model.memory:.1f} GiB of memory and {machine.memory:.1f} are free")
        elif machine.gpu is None and machine.cores * BASE_SPEED / model.cost < LEAST_SPEED:
            passed.append(f"'{model.name}' would take too long on {machine.cores} cores without a GPU")
        else:
            why = f"Model '{model.name}': the best present that fits this machine"
            return model, (f"{why} ({'; '.join(passed)})." if passed else f"{why}.",)
    # The embedded model is always there; a machine too small for it is told when it does not load.
    return models.catalogue()[0], ("Model 'base': the smallest there is.",)
