from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from analyser import models
from analyser.errors import ModelError
from analyser.models import Model, ModelFile

PARTS = (b"first half, ", b"second half")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANALYSER_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model of two packages, as the embedded one is, but of a few bytes."""
    for number, part in enumerate(PARTS, start=1):
        data = tmp_path / "site" / f"toy_model_part{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / f"model.bin.part{number}").write_bytes(part)
    (tmp_path / "site" / "toy_model_part1" / "data" / "config.json").write_bytes(b"{}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return model(embedded=True)


def model(*, embedded: bool = False, content: bytes = b"".join(PARTS)) -> Model:
    files = {"model.bin": content, "config.json": b"{}"}
    return Model(
        name="toy",
        about="for tests",
        source="embedded" if embedded else "hub",
        repository="someone/toy",
        revision="abc",
        licence="MIT",
        languages=("nl",),
        quality=1,
        memory=0.1,
        cost=1.0,
        files=tuple(ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()),
        packages=("toy_model_part1", "toy_model_part2") if embedded else (),
    )


def test_catalogue_has_the_models_that_readers_are_told_of() -> None:
    known = {entry.name: entry for entry in models.catalogue()}
    assert list(known) == ["base", "small", "medium", "large-v3", "large-v3-turbo"]
    assert [entry.name for entry in known.values() if entry.embedded] == ["base"]
    for entry in known.values():
        assert entry.licence == "MIT"
        assert {"model.bin", "config.json", "tokenizer.json"} < {file.name for file in entry.files}
        assert all(len(file.sha256) == 64 and file.size > 0 for file in entry.files)


def test_catalogue_that_is_malformed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[base]\nabout = 'no files'\n")
    with pytest.raises(ModelError, match=r"models\.toml"):
        models.catalogue(path)


def test_find_names_the_models_there_are() -> None:
    with pytest.raises(ModelError, match="base, small, medium"):
        models.find("huge")


def test_ready_joins_the_embedded_model(embedded: Model, home: Path) -> None:
    folder, sha256 = models.ready(embedded)
    assert folder == home / "toy"
    assert (folder / "model.bin").read_bytes() == b"".join(PARTS)
    assert sha256 == hashlib.sha256(b"".join(PARTS)).hexdigest()
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.bin"]


def test_ready_mends_a_damaged_embedded_model(embedded: Model) -> None:
    folder, _ = models.ready(embedded)
    (folder / "model.bin").write_bytes(b"damaged")
    models.ready(embedded)
    assert (folder / "model.bin").read_bytes() == b"".join(PARTS)


def test_ready_refuses_packages_with_other_weights(embedded: Model, tmp_path: Path, home: Path) -> None:
    (tmp_path / "site" / "toy_model_part2" / "data" / "model.bin.part2").write_bytes(b"another half")
    with pytest.raises(ModelError, match="not the published one"):
        models.ready(embedded)
    assert not (home / "toy" / "model.bin").exists()


def test_ready_names_a_package_that_is_missing(embedded: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if not entry.endswith("site")])
    with pytest.raises(ModelError, match="pip install toy-model-part1"):
        models.ready(embedded)


def test_ready_says_where_else_a_model_can_be_kept(
    embedded: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("ANALYSER_MODELS", str(in_the_way))
    with pytest.raises(ModelError, match="ANALYSER_MODELS"):
        models.ready(embedded)


def test_ready_refuses_a_model_that_is_absent_or_damaged(home: Path) -> None:
    wanted = model()
    with pytest.raises(ModelError, match="analyser models fetch toy"):
        models.ready(wanted)
    (home / "toy").mkdir(parents=True)
    (home / "toy" / "config.json").write_bytes(b"{}")
    (home / "toy" / "model.bin").write_bytes(b"damaged")
    assert models.present(wanted)
    with pytest.raises(ModelError, match="is damaged"):
        models.ready(wanted)


def test_home_is_the_cache_folder_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert models.home() == tmp_path / "models"
    monkeypatch.delenv("ANALYSER_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models.home() == tmp_path / "analyser" / "models"


def test_the_embedded_model_is_the_published_one(home: Path) -> None:
    folder, sha256 = models.ready(models.find("base"))
    assert folder == home / "base"
    assert (folder / "model.bin").stat().st_size == 145_217_532
    assert sha256 == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
