"""Scores of several runs as one: mean and standard deviation."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import UserError
from seq2seq.options import as_argument


@dataclass(frozen=True)
class Summary:
    """One metric of one search on one test set, over several runs.

    Attributes:
        test: Folder below ``evaluation/``, such as ``test/beam-5``.
        metric: BLEU, chrF2 or TER, in percent.
        values: One for each run.
        signature: How sacreBLEU computed all of them.
    """

    test: str
    metric: str
    values: list[float]
    signature: str

    def __str__(self) -> str:
        """One line, such as ``test/beam-5  BLEU   50.1 ± 0.4  (49.9, 50.6, 49.8)  nrefs:1|…``."""
        mean, spread = statistics.mean(self.values), statistics.stdev(self.values)
        listed = ", ".join(f"{value:.1f}" for value in self.values)
        name = f"{self.test:<20} {self.metric:<5}"
        return f"{name} {mean:5.1f} ± {spread:.1f}  ({listed})  {self.signature}"


def summarize(folders: Sequence[Path]) -> list[Summary]:
    """Mean and standard deviation (n − 1) of every score that all runs have.

    Raises:
        UserError: Fewer than two runs, one that has not been evaluated, or scores that cannot be
            compared because their signatures differ.
    """
    if len(folders) < 2:
        raise UserError("a spread needs at least two runs: name more, or a sweep's folder")
    tables = [read_scores(folder) for folder in folders]
    common = sorted(set.intersection(*map(set, tables)))
    if not common:
        raise UserError("these runs were not evaluated on the same test set by the same search")
    found = []
    for test, metric in common:
        values, signatures = zip(*(table[test, metric] for table in tables), strict=True)
        if len(set(signatures)) > 1:
            raise UserError(
                f"{metric} on {test} was not computed alike: {' and '.join(signatures)}"
            )
        found.append(Summary(test, metric, list(values), signatures[0]))
    return found


def read_scores(folder: Path) -> dict[tuple[str, str], tuple[float, str]]:
    """Value and signature of every evaluation and metric of a run.

    Raises:
        UserError: It has no evaluation, or a damaged one.
    """
    found = {}
    for path in sorted((folder / "evaluation").rglob("scores.json")):
        test = path.parent.relative_to(folder / "evaluation").as_posix()
        try:
            for metric, score in json.loads(path.read_text("utf-8"))["scores"].items():
                found[test, metric] = float(score["value"]), str(score["signature"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{path} is damaged: evaluate the run again") from error
    if not found:
        command = f"seq2seq evaluate {as_argument('run', str(folder))}"
        raise UserError(f"{folder} has not been evaluated yet: {command}")
    return found
