"""What ``metrics.jsonl`` tells a report: learning curves, and the health of cross-attention."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from seq2seq.errors import UserError

MOST_POINTS = 400  # of a curve; more are averaged with their neighbours
HEAD = re.compile(r"health_(\w+)/block(\d+)_head(\d+)")

Metrics = list[dict[str, float]]  # a line each, with its step


@dataclass(frozen=True)
class Series:
    """One curve: (step, value) points."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Curves that share their axes."""

    title: str
    unit: str
    series: list[Series]


@dataclass(frozen=True)
class HeadTable:
    """One figure of every block and head.

    Attributes:
        title: Its name.
        meaning: What it says, in a sentence.
        values: One row for each block; None where it is not known.
        high: The value of the darkest colour.
    """

    title: str
    meaning: str
    values: list[list[float | None]]
    high: float


@dataclass(frozen=True)
class HealthFigures:
    """What the last validation found about cross-attention; losses in nats of a token."""

    step: int
    loss: float
    loss_blind: float
    tables: list[HeadTable]


MEANINGS = {
    "entropy": (
        "Entropy",
        "How widely a head looks, in nats: 0 is a look at one piece alone, and the more pieces "
        "share it, the higher it is.",
    ),
    "sink_mass": (
        "Sink mass",
        "Share of its weight that a head rests on </s> and the closing full stop: where it looks "
        "when there is nothing to look for.",
    ),
    "left_out": (
        "Left out",
        "Share of the source words to which no target word gives a tenth of its weight: what the "
        "head does not read.",
    ),
    "loss_without": (
        "Loss added without the head",
        "Nats by which the loss of a token rises when this head alone is silenced: what no other "
        "head makes up for.",
    ),
}


def read_metrics(path: Path) -> Metrics:
    """The lines of a log, but for one that was cut off when its process was killed.

    Raises:
        UserError: A line is damaged.
    """
    if not path.exists():
        return []
    metrics = []
    try:
        for line in path.read_text("utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                values = {name: float(value) for name, value in json.loads(line).items()}
                metrics.append({n: v for n, v in values.items() if math.isfinite(v)})
        if any("step" not in values for values in metrics):
            raise ValueError("a line without its step")
    except (ValueError, TypeError, AttributeError) as error:
        number = len(metrics) + 1
        raise UserError(f"{path} is damaged (about line {number}): {error}") from error
    return metrics


def curves(metrics: Metrics) -> list[Chart]:
    """Learning curves: losses, BLEU, alignment errors; charts without a point are left out."""
    rates = sorted({n for values in metrics for n in values if n.startswith("validation_aer/")})
    plan = {
        ("Loss", "nats a token"): {
            "train/loss": "training",
            "validation/loss": "validation",
        },
        ("BLEU on validation sentences", "greedy search"): {"validation/bleu": "BLEU"},
        ("Alignment error rate", "percent, lower is better"): {
            name: name.split("/")[1].replace("_", " ") for name in rates
        },
    }
    charts = [
        Chart(*heading, [Series(label, points(metrics, name)) for name, label in names.items()])
        for heading, names in plan.items()
    ]
    return [chart for chart in charts if any(series.points for series in chart.series)]


def points(metrics: Metrics, name: str) -> list[tuple[float, float]]:
    """One curve, short enough to be drawn."""
    found = [(values["step"], values[name]) for values in metrics if name in values]
    size = math.ceil(len(found) / MOST_POINTS)
    groups = [found[start : start + size] for start in range(0, len(found), max(size, 1))]
    return [(round(fmean(s for s, _ in g)), round(fmean(v for _, v in g), 4)) for g in groups]


def health_figures(metrics: Metrics) -> HealthFigures | None:
    """The figures of the last validation that has some."""
    last = next((values for values in reversed(metrics) if "health/loss" in values), None)
    if last is None or "health/loss_blind" not in last:
        return None
    loss = last["health/loss"]
    return HealthFigures(
        step=int(last["step"]),
        loss=round(loss, 4),
        loss_blind=round(last["health/loss_blind"], 4),
        tables=[
            table
            for name in MEANINGS
            if (table := head_table(last, name, loss if name == "loss_without" else 0.0))
        ],
    )


def head_table(values: dict[str, float], name: str, base: float) -> HeadTable | None:
    """The table of one figure, above ``base``."""
    cells = {
        (int(found[2]) - 1, int(found[3]) - 1): value - base
        for key, value in values.items()
        if (found := HEAD.fullmatch(key)) and found[1] == name
    }
    if not cells:
        return None
    layers, heads = (max(numbers) + 1 for numbers in zip(*cells, strict=True))
    table = [[cells.get((layer, head)) for head in range(heads)] for layer in range(layers)]
    rounded = [[None if v is None else round(v, 4) for v in row] for row in table]
    share = name in ("sink_mass", "left_out")
    return HeadTable(*MEANINGS[name], rounded, 1.0 if share else max(*cells.values(), 1e-9))
