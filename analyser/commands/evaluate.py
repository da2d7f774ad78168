"""``analyser evaluate``: figures against truth of your own."""

from __future__ import annotations

from pathlib import Path

import click

from analyser.commands.analyse import gather_settings, settings_options

FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def evaluate() -> None:
    """Hold what analyser finds beside truth: acts and moments, words, speakers."""


@evaluate.command("calls")
@FOLDER
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the predictions as JSON.")
def calls(folder: Path, output: Path | None) -> None:
    """Tag the labelled calls (*.tsv) of FOLDER from speaker and text alone, and score acts and moments."""
    from analyser.commands.progress import shown
    from analyser.evaluation.calls import predict_folder, read_folder, score, table, write_predictions

    with shown(str(folder)) as progress:
        predictions = predict_folder(folder, progress=lambda done, total: progress("analyse", done, total))
    if output is not None:
        write_predictions(predictions, output)
    click.echo(table(score(read_folder(folder), predictions)))


@evaluate.command("speech")
@FOLDER
@settings_options
def speech(folder: Path, settings_file: Path | None, **flags: object) -> None:
    """Word errors, lost backchannels and invented words over recordings of FOLDER with NAME.json beside them."""
    from analyser.audio import open_sound
    from analyser.evaluation.speech import WordScore, evaluate
    from analyser.languages import load_pack
    from analyser.records import Transcript
    from analyser.transcribe import transcribe

    settings = gather_settings(settings_file, **flags)

    def heard(path: Path) -> tuple[Transcript, float]:
        sound = open_sound(path)
        return transcribe(sound, settings), sound.recording.duration

    scores = evaluate(folder, heard, load_pack("nl" if settings.language == "auto" else settings.language))
    scores["all"] = sum(scores.values(), WordScore())
    click.echo(f"{'recording':40} {'words':>6} {'WER':>6} {'lost':>9} {'invented':>9}")
    for name, one in scores.items():
        rate = f"{one.wer:6.3f}" if one.wer is not None else "     –"
        click.echo(
            f"{name[:40]:40} {one.words:6} {rate} {one.lost_backchannels:4}/{one.backchannels:<4} {one.invented:9}"
        )
