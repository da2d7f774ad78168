from __future__ import annotations

from pathlib import Path

import pytest

from analyser import doctor, models
from analyser.doctor import Gpu, Hardware
from analyser.errors import ModelError
from analyser.settings import Settings
from analyser.transcribe import plan as planned
from analyser.transcribe.planning import Plan

GPU = Gpu("T4", 15.0, ("float16", "float32", "int8"))
ALL = {"base", "small", "medium", "large-v3", "large-v3-turbo"}


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> object:
    """The plan on a machine with models present."""

    def make(machine: Hardware, present: set[str], settings: Settings | None = None) -> Plan:
        monkeypatch.setattr("analyser.transcribe.planning.hardware", lambda device: machine)
        monkeypatch.setattr(models, "present", lambda model: model.name in present)
        monkeypatch.setattr(models, "ready", lambda model: (Path("models") / model.name, "hash"))
        return planned(settings or Settings())

    return make


def test_plan_takes_the_embedded_model_where_no_other_is(on) -> None:  # type: ignore[no-untyped-def]
    made = on(Hardware(2, 8.0), {"base"})
    assert (made.use.name, made.device, made.compute) == ("base", "cpu", "int8")
    assert (made.workers, made.threads, made.batch, made.beam) == (2, 1, 4, 5)


def test_plan_takes_no_model_that_makes_a_laptop_wait(on) -> None:  # type: ignore[no-untyped-def]
    made = on(Hardware(2, 8.0), ALL)
    assert made.use.name == "small"
    assert "'medium' would take too long on 2 cores" in made.why[0]
    assert on(Hardware(16, 32.0), ALL).use.name == "large-v3-turbo"


def test_plan_takes_the_best_that_a_gpu_holds(on) -> None:  # type: ignore[no-untyped-def]
    made = on(Hardware(2, 15.0, GPU), ALL)
    assert (made.use.name, made.device, made.compute, made.workers, made.batch) == (
        "large-v3-turbo",
        "cuda",
        "float16",
        1,
        60,
    )
    small = on(Hardware(2, 1.5, GPU), ALL)
    assert small.use.name == "small"
    assert "needs 2.2 GiB of memory and 1.5 are free" in small.why[0]


def test_plan_takes_the_model_and_threads_asked_for(on) -> None:  # type: ignore[no-untyped-def]
    made = on(Hardware(8, 8.0), ALL, Settings(model="medium", threads=3, beam=1))
    assert (made.use.name, made.workers, made.beam) == ("medium", 3, 1)
    with pytest.raises(ModelError, match="no model 'huge'"):
        on(Hardware(8, 8.0), ALL, Settings(model="huge"))


def test_plan_key_tells_results_apart_and_not_threads(on) -> None:  # type: ignore[no-untyped-def]
    key = on(Hardware(2, 8.0), {"base"}).key
    assert on(Hardware(4, 8.0), {"base"}).key == key
    assert on(Hardware(4, 8.0), {"base"}, Settings(beam=1)).key != key


def test_hardware_is_looked_at_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "analyser.transcribe.planning.hardware", lambda device: asked.append(device) or Hardware(1, 8.0)
    )
    monkeypatch.setattr(models, "ready", lambda model: (Path("m"), "hash"))
    planned(Settings(device="cpu", model="base"))
    assert asked == ["cpu"]
    assert doctor.hardware("cpu").gpu is None
