from __future__ import annotations

import json

import pytest

from analyser import doctor, models
from analyser.doctor import Gpu, Hardware, hardware
from analyser.errors import ModelError

KINDS = ["float16", "float32", "int8", "int8_float16"]


class Machine:
    """A machine with one GPU: what nvidia-smi says, and how the trial ends."""

    def __init__(self, *, status: int = 0, problem: str = "", card: str = "NVIDIA T4, 15000") -> None:
        self.status, self.problem, self.card = status, problem, card
        self.commands: list[list[str]] = []

    def run(self, command: list[str]) -> tuple[int, str, str]:
        self.commands.append(command)
        if command[0] == "nvidia-smi":
            return (0, self.card + "\n", "") if self.card else (127, "", "not found")
        return self.status, json.dumps({"kinds": KINDS}) if not self.status else "", self.problem

    def hardware(self, device: str = "auto") -> Hardware:
        return hardware(device, run=self.run, devices=lambda: 1)


@pytest.fixture(autouse=True)
def no_model_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ready", lambda model: (models.home() / model.name, "hash"))


def test_hardware_without_a_gpu_is_the_cpu_and_tries_nothing() -> None:
    machine = Machine()
    found = hardware(run=machine.run, devices=lambda: 0)
    assert (found.device, found.compute, found.batch) == ("cpu", "int8", None)
    assert machine.commands == []
    assert "No NVIDIA GPU" in found.lines[-1]
    assert found.cores >= 1 and found.memory > 0


def test_hardware_with_a_usable_gpu() -> None:
    found = Machine().hardware()
    assert found.gpu == Gpu("NVIDIA T4", 15000 / 1024, tuple(KINDS))
    assert (found.device, found.compute, found.batch) == ("cuda", "float16", 58)


def test_hardware_with_little_gpu_memory_takes_less_of_it() -> None:
    found = Machine(card="GTX 1650, 3800").hardware()
    assert (found.compute, found.batch) == ("int8_float16", 14)


def test_hardware_whose_driver_tells_no_memory_is_careful() -> None:
    found = Machine(card="").hardware()
    assert found.gpu is not None and found.gpu.memory == 0
    assert found.batch == 8


def test_hardware_survives_a_trial_that_is_aborted() -> None:
    # What a missing library does: the process ends by SIGABRT, with this on standard error.
    problem = "Could not load library libcudnn_ops.so.9. Error: libcudnn_ops.so.9: cannot open shared object file"
    found = Machine(status=-6, problem=problem).hardware()
    assert found.device == "cpu"
    assert "nvidia-cudnn-cu12" in found.lines[-1]
    assert "CPU recognises" in found.lines[-1]


@pytest.mark.parametrize(
    ("problem", "advice"),
    [
        ("RuntimeError: Library libcublas.so.12 is not found or cannot be loaded", "nvidia-cublas-cu12"),
        ("RuntimeError: CUDA driver version is insufficient for CUDA runtime version", "Update the NVIDIA driver"),
        ("RuntimeError: CUDA failed with error out of memory", "Close what else runs on it"),
        ("", "ended with status 1"),
    ],
)
def test_hardware_says_what_mends_it(problem: str, advice: str) -> None:
    assert advice in Machine(status=1, problem=problem).hardware().lines[-1]


def test_hardware_that_is_asked_for_and_fails_is_an_error() -> None:
    with pytest.raises(ModelError, match="cannot be used"):
        Machine(status=1, problem="broken").hardware("cuda")
    with pytest.raises(ModelError, match="auto, cpu or cuda"):
        hardware("tpu")


def test_hardware_on_the_cpu_by_choice_tries_no_gpu() -> None:
    machine = Machine()
    assert machine.hardware("cpu").device == "cpu"
    assert machine.commands == []


def test_report_tells_machine_models_and_choice() -> None:
    lines = doctor.report(Hardware(2, 8.0, Gpu("T4", 15.0, tuple(KINDS)), ("2 processor cores",)))
    text = "\n".join(lines)
    assert "2 processor cores" in text
    assert "base (" in text and "large-v3-turbo (" in text
    assert "the GPU in float16, 60 windows at a time" in text


def test_the_trial_itself_runs_where_there_is_no_gpu() -> None:
    # The real command, not a fake: on a machine without CUDA it ends with an error and not with this process.
    status, _, problem = doctor._run([doctor.sys.executable, "-c", doctor.PROBE, "nowhere"])
    assert status != 0
    assert problem
