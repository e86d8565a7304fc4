"""Draw validation BLEU against minutes of training, of one run or several on the same corpus.

python scripts/draw_learning_curves.py run-a run-b --out curves.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from seq2seq.analysis.report.metrics import Metrics, read_metrics
from seq2seq.errors import UserError
from seq2seq.run import Run

BLEU = "validation/bleu"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", help="names or folders of runs")
    parser.add_argument("--out", type=Path, required=True, help="picture to write (.png, .svg)")
    options = parser.parse_args()
    try:
        figure = learning_curves({name: Run.find(name) for name in options.runs})
        figure.savefig(options.out, dpi=150)
    except (UserError, OSError, ValueError) as error:  # ValueError: a format that cannot be drawn
        sys.exit(str(error))
    print(options.out)


def learning_curves(runs: dict[str, Run]) -> Figure:
    """One curve for each run, with its name.

    Raises:
        UserError: A run has not been validated, was trained before minutes were logged, or the runs
            translated different sentences.
    """
    validated = {
        (run.config.data.name, run.config.training.validation_sentences) for run in runs.values()
    }
    if len(validated) > 1:
        raise UserError("these runs were not validated on the same sentences: draw them apart")
    (_, sentences) = validated.pop()
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name, run in runs.items():
        minutes, bleu = curve(read_metrics(run.folder / "metrics.jsonl"))
        if not len(bleu):
            raise UserError(f"{run.folder} logged no minutes or no validation: train it anew")
        axes.plot(minutes, bleu, marker="o", markersize=3, label=name)
    axes.set_xlabel("minutes of training, validations included")
    axes.set_ylabel(f"BLEU, greedy, of at most {sentences} validation sentences")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def curve(metrics: Metrics) -> tuple[np.ndarray, np.ndarray]:
    """Minutes and BLEU of every validation; the log knows the minutes of steps nearby."""
    timed = [(line["step"], line["train/minutes"]) for line in metrics if "train/minutes" in line]
    found = [(line["step"], line[BLEU]) for line in metrics if BLEU in line]
    if not timed or not found:
        return np.array([]), np.array([])
    steps, bleu = np.array(found).T
    return np.interp(steps, *np.array(timed).T), bleu


if __name__ == "__main__":
    main()
