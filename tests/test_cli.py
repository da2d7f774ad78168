"""The command line: help that is whole, one clear line for an error, and nothing lost in between."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from analyser import __version__
from analyser.cli import cli, main

ROOT = Path(__file__).parent.parent
CALL = """\
# id: nl-x01
# language: nl
# setting: proef
# style: u
S\tother\tGoedemiddag, met Anna van Vakwerk, waar loopt u tegenaan met de planning?
C\tother\tDe telefoon ligt er vaak uit en dan belt er niemand terug.
S\tother\tOns systeem lost dat op, wij leveren het binnen een week en het kost honderd euro per maand.
C\tother\tJa, dat moet ik nog even bekijken.
"""


def commands(group: click.Group, prefix: str = "") -> dict[str, click.Command]:
    """Every command with its full name."""
    context = click.Context(group)
    found = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        found[f"{prefix}{name}"] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{prefix}{name} ")
    return found


COMMANDS = commands(cli)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(stopped.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize("name", COMMANDS)
def test_cli_every_command_and_option_has_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize("name", [name for name in COMMANDS if " " not in name])
def test_cli_every_command_is_in_the_readme(name: str) -> None:
    assert f"analyser {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_cli_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"analyser, version {__version__}\n", "")


def test_cli_is_python_m_analyser_too() -> None:
    said = subprocess.run([sys.executable, "-m", "analyser", "--version"], capture_output=True, text=True, check=True)
    assert "analyser" in said.stdout


def test_cli_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from analyser.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'spacy', 'faster_whisper', 'onnxruntime', 'pandas', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=ROOT)


def test_cli_missing_file_is_one_clear_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, "analyse", str(tmp_path / "gone.wav"), "--output", str(tmp_path / "out"))
    assert code == 1
    assert out == ""
    assert err.startswith("Error: ") and "gone.wav" in err and err.count("\n") == 1


def test_cli_unknown_format_and_option_are_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "analyse", "x.wav", "--format", "pdf")[0] == 2
    assert run(capsys, "analyse", "x.wav", "--loud")[0] == 2


def test_cli_one_bad_file_does_not_stop_the_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad, good = tmp_path / "notes.wav", tmp_path / "call.tsv"
    bad.write_text("geen geluid " * 100)
    good.write_text(CALL, encoding="utf-8")
    code, out, err = run(capsys, "analyse", str(bad), str(good), "--output", str(tmp_path / "out"))
    assert code == 1
    assert "notes.wav" in err and "1 of 2" in err
    assert out.strip() == str(tmp_path / "out" / "call" / "report.html")
    assert [folder.name for folder in (tmp_path / "out").iterdir() if folder.is_dir()] == ["call"]


def test_cli_relabel_swaps_and_names_and_survives_another_analysis(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    call, out = tmp_path / "call.tsv", tmp_path / "out"
    call.write_text(CALL, encoding="utf-8")
    assert run(capsys, "analyse", str(call), "--output", str(out))[0] == 0
    code, said, _ = run(capsys, "relabel", str(out / "call" / "report.html"), "--seller", "C", "--name", "C=Piet <b>")
    assert code == 0
    assert "C: seller, Piet <b>" in said
    assert "Piet &lt;b&gt;" in (out / "call" / "report.html").read_text(encoding="utf-8")
    assert run(capsys, "analyse", str(call), "--output", str(out))[0] == 0
    assert "Piet &lt;b&gt;" in (out / "call" / "report.html").read_text(encoding="utf-8")
    code, _, err = run(capsys, "relabel", str(out / "call"), "--seller", "Z")
    assert code == 1
    assert "'Z'" in err and "Piet" in err
    assert "S: seller" in run(capsys, "relabel", str(out / "call"), "--undo", "--seller", "S")[1]


def test_cli_relabel_of_a_folder_without_a_call_is_clear(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "relabel", str(tmp_path), "--swap")
    assert code == 1
    assert "job.json" in err


def test_cli_interrupt_says_what_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    call = tmp_path / "call.tsv"
    call.write_text(CALL, encoding="utf-8")
    monkeypatch.setattr("analyser.pipeline.understand", stop)
    code, _, err = run(capsys, "analyse", str(call), "--output", str(tmp_path / "out"))
    assert code == 130
    assert "goes on from there" in err
    assert not (tmp_path / "out" / "call").exists()
