"""What this machine can run: processors, memory, and whether its GPU is really usable.

A missing cuDNN or cuBLAS does not raise an error: it aborts the process. So the GPU is tried in a process of its own,
with the embedded model, before anything depends on it; what that process says, or how it dies, is told in words.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyser import models
from analyser.errors import ModelError

Runner = Callable[[list[str]], "tuple[int, str, str]"]
"""runs a command: exit status, standard output, standard error"""

PROBE_SECONDS = 120.0
CUDA_PACKAGES = "pip install nvidia-cublas-cu12 'nvidia-cudnn-cu12>=9,<10'"
PROBE = """
import json, sys
import ctranslate2, numpy
kinds = sorted(ctranslate2.get_supported_compute_types("cuda"))
best = next(kind for kind in ("float16", "bfloat16", "int8_float16", "int8_float32", "float32") if kind in kinds)
model = ctranslate2.models.Whisper(sys.argv[1], device="cuda", compute_type=best)
features = ctranslate2.StorageView.from_array(numpy.zeros((1, model.n_mels, 3000), dtype="float32"))
model.detect_language(model.encode(features))
print(json.dumps({"kinds": kinds}))
"""


@dataclass(frozen=True)
class Gpu:
    """A GPU that ran the embedded model; ``memory`` in GiB, 0 where it could not be asked."""

    name: str
    memory: float
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Hardware:
    """What recognition runs on. ``memory`` is what is free, in GiB: of the GPU where there is one."""

    cores: int
    memory: float
    gpu: Gpu | None = None
    lines: tuple[str, ...] = ()
    """what was found, what is missing, and the command that mends it"""

    @property
    def device(self) -> str:
        """cuda or cpu, as CTranslate2 names them."""
        return "cuda" if self.gpu else "cpu"

    @property
    def compute(self) -> str:
        """The computation that is fastest here without a loss that matters."""
        if self.gpu is None:
            return "int8"
        wanted: tuple[str, ...] = ("float16", "int8_float16", "bfloat16", "int8_float32", "float32")
        if 0 < self.gpu.memory < 6:
            wanted = ("int8_float16", *wanted)
        return next((kind for kind in wanted if kind in self.gpu.kinds), "float32")

    @property
    def batch(self) -> int | None:
        """Windows decoded at a time on the GPU, by its memory; None on a CPU, where the setting decides."""
        if self.gpu is None:
            return None
        return max(4, min(64, int(4 * self.gpu.memory))) if self.gpu.memory else 8


def hardware(device: str = "auto", *, run: Runner | None = None, devices: Callable[[], int] | None = None) -> Hardware:
    """What this machine can run; ``device`` is auto, cpu or cuda.

    ``run`` and ``devices`` (the number of CUDA devices that a driver reports) are there for tests. Raises ModelError
    when cuda is asked for and cannot be used.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ModelError(f"There is no device '{device}'. Use auto, cpu or cuda.")
    cores, memory = _cores(), _free_memory()
    on_cpu = f"{cores} processor core{'s' if cores > 1 else ''}, {memory:.1f} GiB of memory free"
    if device == "cpu":
        return Hardware(cores, memory, None, (on_cpu,))
    gpu, lines = _try_gpu(run or _run, devices or _cuda_devices)
    if gpu is not None:
        return Hardware(cores, gpu.memory or memory, gpu, (on_cpu, *lines))
    if device == "cuda":
        raise ModelError(" ".join(lines) + " Or leave the device at auto.")
    return Hardware(cores, memory, None, (on_cpu, *lines))


def _try_gpu(run: Runner, devices: Callable[[], int]) -> tuple[Gpu | None, tuple[str, ...]]:
    if devices() < 1:
        return None, ("No NVIDIA GPU with a driver was found: the CPU recognises.",)
    name, memory = _describe(run)
    folder, _ = models.ready(models.find("base"))
    status, output, problem = run([sys.executable, "-c", PROBE, str(folder)])
    if status == 0:
        kinds = tuple(json.loads(output.strip().splitlines()[-1])["kinds"])
        return Gpu(name, memory, kinds), (f"GPU {name}, {memory:.0f} GiB free: usable.",)
    return None, (f"GPU {name} cannot be used, so the CPU recognises: {_reason(status, problem)}",)


def _describe(run: Runner) -> tuple[str, float]:
    """Name and free GiB of the first GPU, as its driver tells."""
    status, output, _ = run(["nvidia-smi", "--query-gpu=name,memory.free", "--format=csv,noheader,nounits"])
    name, _, free = (output.strip().splitlines() or [""])[0].rpartition(",")
    return (name.strip(), float(free) / 1024) if status == 0 and free.strip().isdigit() else ("of unknown kind", 0.0)


def _reason(status: int, problem: str) -> str:
    """What the trial ended with, and what mends it."""
    text = problem.strip().splitlines()[-1].strip() if problem.strip() else f"it ended with status {status}"
    if re.search(r"cudnn|cublas", problem, re.IGNORECASE):
        return (
            f"a CUDA library is missing ({text}). Mend it: {CUDA_PACKAGES}, and put their folders on LD_LIBRARY_PATH "
            "(analyser doctor prints them)."
        )
    if "driver" in problem.lower():
        return f"its driver does not fit ({text}). Update the NVIDIA driver."
    if "memory" in problem.lower():
        return f"its memory is taken ({text}). Close what else runs on it."
    return f"{text}."


def library_folders() -> tuple[Path, ...]:
    """Folders of CUDA libraries that were installed as Python packages, for LD_LIBRARY_PATH."""
    found: list[Path] = []
    for entry in sys.path:
        found += sorted(Path(entry).glob("nvidia/*/lib")) if entry else []
    return tuple(found)


def report(machine: Hardware) -> tuple[str, ...]:
    """What ``analyser doctor`` prints: the machine, the models, and what would be used."""
    there = [f"{model.name} ({'present' if models.present(model) else 'not fetched'})" for model in models.catalogue()]
    lines = [*machine.lines, f"Models: {', '.join(there)}.", f"Kept in {models.home()}."]
    if folders := library_folders():
        lines.append(f"CUDA libraries installed as packages: LD_LIBRARY_PATH={os.pathsep.join(map(str, folders))}")
    where = f"the GPU in {machine.compute}, {machine.batch} windows at a time" if machine.gpu else "the CPU in int8"
    return (*lines, f"Recognition runs on {where}.")


def _cores() -> int:
    """Cores that this process may use: fewer than the machine has in a container or under taskset."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return count


def _free_memory() -> float:
    """GiB that a new process can have; 4 where the system does not tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        if match := re.search(r"MemAvailable:\s+(\d+) kB", text):
            return int(match[1]) / 2**20
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (OSError, ValueError, AttributeError):
        return 4.0


def _cuda_devices() -> int:
    import ctranslate2

    return int(ctranslate2.get_cuda_device_count())


def _run(command: list[str]) -> tuple[int, str, str]:
    try:
        done: Any = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return 1, "", str(error)
    return done.returncode, done.stdout, done.stderr
