"""Draw the cross-attention of one sentence as a picture, with a trained run.

python scripts/draw_attention.py "Hello, how are you?" --out attention.png
python scripts/draw_attention.py "I like tea." --view heads --run my-run --out heads.png
python scripts/draw_attention.py --view training --out forming.png

mean: over all heads; words: the aligning heads, between words; heads: every block and head;
self: causal self-attention beside cross-attention, of the head that explains best;
training: the run's first probe at four validations, mean over all heads (no sentence needed).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from seq2seq.alignment.weights import align_words
from seq2seq.analysis.explain.walk import explain
from seq2seq.analysis.plots import Panel, heads_figure, mean_figure, panels_figure, words_figure
from seq2seq.analysis.probes import probe_files, read_probes
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.translator import Translator

MOMENTS = 4  # validations that are drawn


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("text", nargs="?", help="the sentence to translate")
    parser.add_argument("--run", default="latest", help="name or folder of the run")
    parser.add_argument(
        "--view", choices=["mean", "words", "heads", "self", "training"], default="mean"
    )
    parser.add_argument("--out", type=Path, required=True, help="picture to write (.png, .svg)")
    options = parser.parse_args()
    if (options.text is None) != (options.view == "training"):
        parser.error("give a sentence, or --view training without one")
    try:
        if options.view == "training":
            figure = training(Run.find(options.run))
        else:
            figure = sentence(Translator.load(options.run), options.text, options.view)
        figure.savefig(options.out, dpi=150)
    except (UserError, OSError, ValueError) as error:  # ValueError: a format that cannot be drawn
        sys.exit(str(error))
    print(options.out)


def sentence(translator: Translator, text: str, view: str) -> Figure:
    """One view of a sentence and its translation."""
    if view == "self":
        return beside_self_attention(translator, text)
    translation = translator.translate([text])[0].text
    attention = translator.align(text, translation)
    title = f"{text} → {translation}"
    if view == "words":
        return words_figure(align_words(attention, translator.aligning_heads), title)
    return (heads_figure if view == "heads" else mean_figure)(attention, title)


def beside_self_attention(translator: Translator, text: str) -> Figure:
    """What was written, and what was read."""
    found = explain(translator, text)
    read, predicted = found.steps.read, found.steps.predicted
    rows = [f"{before} → {after}" for before, after in zip(read, predicted, strict=True)]
    written = Panel("what I wrote: causal self-attention", found.written_TT, read, rows)
    source = Panel("what I read: cross-attention", found.steps.weights_TS, found.steps.src, rows)
    return panels_figure([written, source], f"block {found.layer + 1}, head {found.head + 1}")


def training(run: Run) -> Figure:
    """The first probe at moments spread over the training."""
    files = list(probe_files(run).items())
    if not files:
        raise UserError(f"{run.folder} has no attention/step-*.npz: let its training validate once")
    chosen = sorted({round(i) for i in np.linspace(0, len(files) - 1, MOMENTS)})
    panels = []
    for step, file in (files[i] for i in chosen):
        _, attention = read_probes(file)[0]
        src, tgt = attention.src_pieces, attention.tgt_pieces
        panels.append(Panel(f"step {step:,}", attention.mean_TS, src, tgt))
    return panels_figure(panels, "mean over all heads")


if __name__ == "__main__":
    main()
