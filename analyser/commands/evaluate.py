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


@evaluate.command("speakers")
@FOLDER
@click.option("--words", is_flag=True, help="Recognise words too, and score whose they are (NAME.json beside it).")
@settings_options
def speakers(folder: Path, words: bool, settings_file: Path | None, **flags: object) -> None:
    """Who speaks when, over recordings of FOLDER with RTTM beside them: DER, talk share, speed."""
    from analyser.audio import Sound
    from analyser.evaluation.speakers import evaluate_speakers
    from analyser.hearing import find_spans
    from analyser.records import Transcript
    from analyser.transcribe import transcribe

    settings = gather_settings(settings_file, **flags)

    def recognised(sound: Sound) -> Transcript:
        return transcribe(sound, settings)

    click.echo(f"{'recording':36} {'voices':>7} {'DER':>6} {'±0.25':>6} {'share':>6} {'words':>6} {'speed':>6}")
    scores = []
    for one in evaluate_speakers(
        folder, lambda sound: find_spans(sound, settings), transcribe=recognised if words else None
    ):
        scores.append(one)
        share = f"{one.share_error:6.1f}" if one.share_error is not None else "     –"
        wrong = f"{one.word_error:6.3f}" if one.word_error is not None else "     –"
        click.echo(
            f"{one.name[:36]:36} {one.found:3}/{one.speakers:<3} {one.error:6.3f} {one.lenient:6.3f} {share} {wrong} "
            f"{one.real_time_factor:6.3f}"
        )
    count = len(scores)
    right = sum(one.found == one.speakers for one in scores)
    click.echo(
        f"mean over {count}: DER {sum(one.error for one in scores) / count:.3f} "
        f"(± 0.25 s: {sum(one.lenient for one in scores) / count:.3f}), number of voices right {right} of {count}"
    )


@evaluate.command("crossval")
@FOLDER
@click.option("--folds", type=click.IntRange(2), default=3, help="Parts that the calls are divided into.")
@click.option("--also", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="More labelled calls: act models learn from them in every fold, none is scored.")  # fmt: skip
def crossval(folder: Path, folds: int, also: Path | None) -> None:
    """Train and score acts and moments on the labelled calls of FOLDER, whole calls held out (needs [train])."""
    from analyser.evaluation.calls import table
    from analyser.evaluation.crossval import crossval as validate

    result = validate(folder, also=also, folds=folds, say=lambda line: click.echo(line, err=True))
    click.echo(table(result.scores))
    for name, scores in result.parts.items():
        click.echo(
            f"{name}: {scores.calls} calls, acts {scores.acts_macro_f1:.3f}, moments {scores.moments_micro_f1:.3f}"
        )
    for title, rows in (("acts", result.acts), ("moments", result.moments)):
        click.echo(f"\nconfidence of {title}: shown, right, cases")
        for _, mean, right, cases in rows:
            click.echo(f"{mean:6.2f} {right:6.2f} {cases:6}")
