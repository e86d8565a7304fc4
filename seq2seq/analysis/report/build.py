"""A run as one self-contained page: results, curves, sentences, health, and its cross-attention.

Everything is gathered into a ``Report``, written as JSON into ``page/template.html``, and
drawn by the scripts beside it. The page needs no network and no other file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seq2seq.analysis.evaluation import Sentence, read_table
from seq2seq.analysis.report.attention import Viewer, build_viewer, by_quality
from seq2seq.analysis.report.metrics import (
    Chart,
    HealthFigures,
    Metrics,
    curves,
    health_figures,
    read_metrics,
)
from seq2seq.analysis.score import Score
from seq2seq.errors import UserError, first_line
from seq2seq.run import Run
from seq2seq.translator import Translator

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("attention.js", "drawing.js", "controls.js", "viewer.js", "curves.js", "page.js")
LISTED = 6  # worst and best test sentences


@dataclass(frozen=True)
class Heading:
    """What was trained on what; None is not known, as of a run that was interrupted."""

    name: str
    parameters: int
    model: str
    corpus: str
    pairs: int | None
    extra_pairs: int | None
    steps: int | None
    best_step: int | None
    minutes: float | None
    device: str | None
    written: str | None
    languages: tuple[str, str]


@dataclass(frozen=True)
class Result:
    """Scores of one search on one test set.

    Attributes:
        name: Folder below ``evaluation/``, such as ``test/beam-5``.
        sentences: How many there are.
        scores: One for each metric.
    """

    name: str
    sentences: int
    scores: list[Score]


@dataclass(frozen=True)
class Report:
    """All that the page shows.

    Attributes:
        heading: What was trained.
        results: Every evaluation; the first is the one that sentences are of.
        worst: Test sentences of the lowest chrF2, worst first.
        best: Those of the highest, best first.
        charts: Learning curves.
        health: Figures of cross-attention; None if no validation has any.
        viewer: Cross-attention of sentences.
    """

    heading: Heading
    results: list[Result]
    worst: list[Sentence]
    best: list[Sentence]
    charts: list[Chart]
    health: HealthFigures | None
    viewer: Viewer


def gather(run: Run, translator: Translator) -> Report:
    """Read everything that the run's folder has.

    Raises:
        UserError: A file is damaged.
    """
    metrics = read_metrics(run.folder / "metrics.jsonl")
    results = read_results(run.folder / "evaluation")
    table = run.folder / "evaluation" / results[0].name / "sentences.tsv" if results else None
    sentences = read_table(table).sentences if table else []
    ordered = by_quality(sentences)
    half = min(LISTED, len(ordered) // 2)
    return Report(
        heading=read_heading(run, translator, metrics),
        results=results,
        worst=ordered[: len(ordered) - half][:LISTED],
        best=ordered[::-1][:half],
        charts=curves(metrics),
        health=health_figures(metrics),
        viewer=build_viewer(run, translator, sentences),
    )


def read_heading(run: Run, translator: Translator, metrics: Metrics) -> Heading:
    """What ``manifest.json`` and the options say.

    Raises:
        UserError: The manifest is damaged.
    """
    path, model, data = run.folder / "manifest.json", run.config.model, run.config.data
    manifest = read_json(path) if path.exists() else {}
    try:
        pairs, seconds = dict(manifest.get("pairs", {})), manifest.get("training_seconds")
        minutes = None if seconds is None else round(seconds / 60, 1)
    except (TypeError, ValueError) as error:
        raise UserError(f"{path} is damaged: {first_line(error)}") from error
    reached = int(metrics[-1]["step"]) if metrics else None
    return Heading(
        name=run.folder.name,
        parameters=sum(p.numel() for p in translator.model.parameters()),
        model=f"{model.encoder_layers} + {model.decoder_layers} blocks, width {model.width}, "
        f"{model.heads} heads",
        corpus=data.name,
        pairs=pairs.get("train"),
        extra_pairs=pairs.get("extra"),
        steps=manifest.get("steps", reached),
        best_step=manifest.get("best_step"),
        minutes=minutes,
        device=manifest.get("device"),
        written=manifest.get("written"),
        languages=("fr", "en") if data.reverse else ("en", "fr"),
    )


def read_results(folder: Path) -> list[Result]:
    """Every evaluation; test sets before others, and of each the run's own widest beam first.

    Raises:
        UserError: A file of scores is damaged.
    """
    results = []
    for path in folder.rglob("scores.json"):
        content = read_json(path)
        try:
            scores = [Score(**values) for values in content["scores"].values()]
            name = path.parent.relative_to(folder).as_posix()
            found = Result(name, content["sentences"], scores)
            special = "ensemble_with" in content or bool(content["search"].get("mbr"))
            order = (special, -content["search"]["beam"])
            results.append((not name.startswith("test"), order, found))
        except (KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{path} is damaged: evaluate the run again") from error
    results.sort(key=lambda row: (row[0], row[2].name.rpartition("/")[0], row[1]))
    return [result for *_, result in results]


def read_json(path: Path) -> dict[str, Any]:
    """A file of one JSON object.

    Raises:
        UserError: It is none.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is damaged: {first_line(error)}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} is damaged: it is no JSON object")
    return content


def page(report: Report) -> str:
    """The whole page; no text of the run can end the element that holds the data."""
    data = json.dumps(asdict(report), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    parts = {
        "style": read_part("style.css"),
        "script": "\n".join(read_part(name) for name in SCRIPTS),
        "data": data.replace("<", "\\u003c"),  # last: it may contain the names of parts
    }
    text = read_part("template.html")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return text


def read_part(name: str) -> str:
    """A file of the page."""
    return (PAGE / name).read_text("utf-8")
