"""``analyser voices``: voices that a team knows, kept with consent."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default="voices.json",
    help="Where the team's voices are kept.",
)


@click.group()
def voices() -> None:
    """Known voices: a seller whose voice is stored is recognised in later calls (`analyse --voices FILE`).

    What is stored is a list of numbers made from the voice, no sound and no words, and only with consent.
    """


@voices.command("add")
@click.argument("name")
@click.argument("call", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("speaker")
@click.option("--consent", required=True, help="Who agreed, when and how; kept with the voice.")
@FILE
def add(name: str, call: Path, speaker: str, consent: str, file: Path) -> None:
    """Store the voice of SPEAKER (A, B, left, right) in the recording CALL under NAME."""
    from analyser.hearing import hear_voice

    samples, spans = hear_voice(call, speaker)
    from analyser.diarise.voices import add_voice

    voice = add_voice(file, name, samples, spans, speaker=speaker, consent=consent)
    click.echo(f"{voice.name}: from {voice.seconds:.0f} s of speech, kept in {file}")


@voices.command("forget")
@click.argument("name")
@FILE
def forget(name: str, file: Path) -> None:
    """Remove the voice of NAME for good."""
    from analyser.diarise.voices import forget_voice

    forget_voice(file, name)
    click.echo(f"{name}: removed from {file}")


@voices.command("list")
@FILE
def list_known(file: Path) -> None:
    """Show whose voices are kept, since when, and with what consent."""
    from analyser.diarise.voices import list_voices

    for voice in list_voices(file):
        click.echo(f"{voice.name}\t{voice.added}\t{voice.seconds:.0f} s\t{voice.consent}")
