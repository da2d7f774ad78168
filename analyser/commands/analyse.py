"""``analyser analyse``: recordings or transcripts to reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from analyser.errors import AnalyserError
from analyser.settings import Settings, read_settings

FORMATS = ("html", "json", "csv", "srt", "vtt", "txt", "md", "docx", "parquet", "rttm")


def settings_options(command: Any) -> Any:
    """The options that every command which analyses shares."""
    defaults = Settings()
    for option in reversed(
        (
            click.option("--language", help=f"Language spoken: auto, nl or en.  [default: {defaults.language}]"),
            click.option("--interface", help="Language of the report: auto (the call's), nl or en."),
            click.option(
                "--model", help=f"Recogniser: auto or a name of `analyser models list`.  [default: {defaults.model}]"
            ),
            click.option(
                "--device",
                type=click.Choice(["auto", "cpu", "cuda"]),
                help="Where the recogniser runs.  [default: auto]",
            ),
            click.option(
                "--seller",
                metavar="SPEAKER",
                help="The seller's voice: A, B, left, right, or a name. Found when not given.",
            ),
            click.option(
                "--speakers",
                type=click.IntRange(1, 4),
                help="Number of voices in a one-channel recording. Found when not given.",
            ),
            click.option("--diariser", help=f"Who tells voices apart.  [default: {defaults.diariser}]"),
            click.option(
                "--team",
                type=click.Path(dir_okay=False, path_type=Path),
                help="TOML with the team's own cues and product names.",
            ),
            click.option(
                "--voices",
                type=click.Path(dir_okay=False, path_type=Path),
                help="The team's known voices (see `analyser voices`).",
            ),
            click.option(
                "--threads", type=click.IntRange(0), help="Processor threads; 0 takes all cores.  [default: 0]"
            ),
            click.option(
                "--settings",
                "settings_file",
                type=click.Path(dir_okay=False, path_type=Path),
                help="TOML with settings; flags go over it.  [default: analyser.toml where there is one]",
            ),
        )
    ):
        command = option(command)
    return command


def gather_settings(settings_file: Path | None, **flags: Any) -> Settings:
    """Settings from the file named, or from analyser.toml in this folder, with the flags over it."""
    here = Path("analyser.toml")
    return read_settings(settings_file or (here if here.is_file() else None), **flags)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default="reports",
    help="Folder for a folder per recording.",
)
@settings_options
@click.option(
    "--format",
    "formats",
    metavar="NAME,…",
    help=f"What to write beside analysis.json: {', '.join(FORMATS)}.  [default: html,json,rttm]",
)
@click.option("--embed-audio", is_flag=True, default=None, help="Put the sound, as Opus, into the report itself.")
@click.option(
    "--mask",
    is_flag=True,
    default=None,
    help="Mask names, addresses and numbers in report and exports; analysis.json and transcript.json stay whole.",
)
@click.option("--verbose", is_flag=True, help="Say why each choice was made.")
def analyse(
    paths: tuple[Path, ...], output: Path, formats: str | None, settings_file: Path | None, verbose: bool, **flags: Any
) -> None:
    """Analyse recordings, or transcripts, into a coaching report each.

    PATHS are recordings (wav, mp3, m4a, ogg, flac, webm, mp4 …), meeting transcripts (.vtt with voices), our own
    transcript.json, or labelled calls (.tsv). Each gets a folder OUTPUT/<name>/ with report.html, analysis.json,
    transcript.json and speakers.rttm. One that cannot be analysed is named, and the others go on.
    """
    from analyser.commands.progress import shown
    from analyser.outputs import write_outputs
    from analyser.pipeline import analyse as run

    settings = gather_settings(settings_file, formats=split(formats), **flags)
    failed: list[str] = []
    for path in paths:
        try:
            if not path.is_file():
                raise AnalyserError(f"{path}: there is no such file.")
            with shown(path.name) as progress:
                analysis, job = run(path, settings, output=output, progress=progress)
                written = write_outputs(analysis, job, settings, source=path)
        except AnalyserError as error:
            if len(paths) == 1:
                raise
            failed.append(str(error))
            click.echo(f"Error: {error}", err=True)
            continue
        if verbose:
            click.echo("\n".join(explain(analysis)), err=True)
        click.echo(next((str(file) for file in written if file.name == "report.html"), str(job.folder)))
    if failed:
        raise AnalyserError(f"{len(failed)} of {len(paths)} could not be analysed; see above.")


def split(formats: str | None) -> tuple[str, ...] | None:
    """The formats named, or None; an unknown one is a usage error."""
    if formats is None:
        return None
    names = tuple(name.strip().lower() for name in formats.split(",") if name.strip())
    for name in names:
        if name not in FORMATS:
            raise click.BadParameter(f"'{name}' is none of {', '.join(FORMATS)}.", param_hint="--format")
    return names


def explain(analysis: Any) -> Iterable[str]:
    """Why the choices were made, a line each."""
    recording, conversation, provenance = analysis.recording, analysis.conversation, analysis.provenance
    yield (
        f"recording: {recording.duration:.1f} s, {recording.channels} channel(s) at {recording.sample_rate} Hz, "
        f"taken as {recording.layout}"
    )
    yield f"language: {conversation.language} ({analysis.language_confidence:.0%} sure)"
    for speaker in conversation.speakers:
        yield f"speaker {speaker.label}: {speaker.side} ({speaker.confidence:.0%} sure; {speaker.why})"
    for model in provenance.models:
        yield f"{model.task}: {model.name} {model.revision} {model.sha256[:12]}".rstrip()
    yield from (f"note: {caveat}" for caveat in provenance.caveats)
    yield from (f"left out: {part.text!r} at {part.start:.1f} s ({part.reason})" for part in analysis.dropped)
