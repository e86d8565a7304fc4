"""Translate a test set, score it, and keep every sentence to be looked at."""

from __future__ import annotations

import csv
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from seq2seq.analysis.protocol import Multi30kProtocol
from seq2seq.analysis.score import Score, check_parallel, score, sentence_chrf
from seq2seq.config import DecodingConfig
from seq2seq.errors import UserError
from seq2seq.options import to_plain
from seq2seq.translation import Flag
from seq2seq.translator import Translator


@dataclass(frozen=True)
class Sentence:
    """A source, its translation, its first reference, and its chrF2."""

    src: str
    hypothesis: str
    reference: str
    chrf: float


@dataclass(frozen=True)
class Evaluation:
    """Scores of one search on one test set.

    Attributes:
        search: ``greedy``, ``beam-5``, ``mbr-sample-20``, … after ``ensemble-3-`` if there are 3.
        scores: By metric.
        sentences: In the order of the test set.
        seconds: Wall time of translating.
        unfinished: Translations cut at the length limit.
        flagged: Translations that go round in a loop, or copy their source.
        folder: Where hypotheses, table and scores were written.
    """

    search: str
    scores: dict[str, Score]
    sentences: list[Sentence]
    seconds: float
    unfinished: int
    flagged: dict[Flag, int]
    folder: Path

    def worst(self, count: int = 3) -> list[Sentence]:
        """The sentences of the lowest chrF2."""
        return sorted(self.sentences, key=lambda sentence: sentence.chrf)[:count]


@dataclass(frozen=True)
class Table:
    """What ``sentences.tsv`` keeps: all sentences, and all that they were scored against.

    Attributes:
        sentences: In the order of the test set.
        references: One list of all sentences for each reference; None where one is missing.
        tokenized: The same for the references of a protocol; empty without one.
    """

    sentences: list[Sentence]
    references: list[list[str | None]]
    tokenized: list[list[str | None]]


def evaluate(
    translator: Translator,
    sources: list[str],
    references: Sequence[Sequence[str | None]],
    options: DecodingConfig,
    folder: Path,
    *,
    bootstrap: int,
    protocol: Multi30kProtocol | None = None,
    others: Sequence[str] = (),
) -> list[Evaluation]:
    """Score greedy search and, if it is another, what ``options`` say; write both below ``folder``.

    Args:
        translator: A model or an ensemble.
        sources: N sentences.
        references: N for each reference.
        options: How to decode.
        folder: Each search gets one of its own in it.
        bootstrap: Resamplings behind the confidence intervals.
        protocol: Whose BLEU stands beside the scores of raw text.
        others: An ensemble's further runs, to be named with the scores.

    Raises:
        UserError: Sources and references are not parallel, or a source is too long.
    """
    tokenized = protocol.references if protocol else []
    check_parallel(len(sources), [*references, *tokenized])  # before hours of translating
    models = len(translator.models)
    ensemble = f"ensemble-{models}-" if models > 1 else ""
    results = []
    for search in {s.name: s for s in (greedy_like(options), options)}.values():
        started = time.perf_counter()
        translations = translator.translate(sources, search)
        seconds = time.perf_counter() - started
        hypotheses = [t.text for t in translations]
        scores = score(hypotheses, references, bootstrap=bootstrap)
        if protocol:
            found = protocol.score(hypotheses, bootstrap=bootstrap)
            scores[found.metric] = found
        first = [reference or "" for reference in references[0]]
        quality = sentence_chrf(hypotheses, references)
        rows = zip(sources, hypotheses, first, quality, strict=True)
        flags = Counter(t.flag for t in translations)
        result = Evaluation(
            search=ensemble + search.name,
            scores=scores,
            sentences=[Sentence(*row) for row in rows],
            seconds=seconds,
            unfinished=sum(
                bool(t.candidates) and not t.candidates[0].finished for t in translations
            ),
            flagged={"repetition": flags["repetition"], "copy": flags["copy"]},
            folder=folder / (ensemble + search.name),
        )
        _write(result, search, references, tokenized, others)
        results.append(result)
    return results


def greedy_like(options: DecodingConfig) -> DecodingConfig:
    """Greedy search within the same limits."""
    return DecodingConfig(
        beam=1,
        penalty=options.penalty,
        length_penalty=options.length_penalty,
        min_length=options.min_length,
        max_length=options.max_length,
        batch_sentences=options.batch_sentences,
    )


def _write(
    result: Evaluation,
    search: DecodingConfig,
    references: Sequence[Sequence[str | None]],
    tokenized: Sequence[Sequence[str | None]],
    others: Sequence[str],
) -> None:
    """Keep hypotheses, a table of all sentences, and the scores."""
    result.folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{sentence.hypothesis}\n" for sentence in result.sentences)
    (result.folder / "hypotheses.txt").write_text(text, "utf-8")
    titles = [*_titles("reference", len(references)), *_titles("tokenized", len(tokenized))]
    columns = zip(*references, *tokenized, strict=True)
    with (result.folder / "sentences.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["chrF2", "source", "hypothesis", *titles])
        for s, texts in zip(result.sentences, columns, strict=True):
            row = [s.src, s.hypothesis, *(t or "" for t in texts)]
            table.writerow([f"{s.chrf:.1f}", *(t.replace("\r", " ") for t in row)])
    content = {
        "search": to_plain(search),
        **({"ensemble_with": list(others)} if others else {}),
        "sentences": len(result.sentences),
        "seconds": round(result.seconds, 2),
        "unfinished": result.unfinished,
        "flagged": result.flagged,
        "scores": {name: asdict(s) for name, s in result.scores.items()},
    }
    (result.folder / "scores.json").write_text(
        json.dumps(content, ensure_ascii=False, indent=1), "utf-8"
    )


def _titles(name: str, count: int) -> list[str]:
    """Titles of ``count`` columns: reference, reference 2, …."""
    return [name if number == 1 else f"{name} {number}" for number in range(1, count + 1)]


def read_table(path: Path) -> Table:
    """The table of all sentences that an evaluation wrote.

    Raises:
        UserError: It is damaged or missing.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", strict=True))
        sentences = [
            Sentence(row["source"], row["hypothesis"], row["reference"], float(row["chrF2"]))
            for row in rows
        ]
        return Table(sentences, _columns(rows, "reference"), _columns(rows, "tokenized"))
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise UserError(f"{path} is missing or damaged: evaluate the run again") from error


def _columns(rows: list[dict[str, str]], name: str) -> list[list[str | None]]:
    """The columns of ``_titles(name, …)``; an empty cell after the first is no reference."""
    titles = [t for t in (rows[0] if rows else ()) if re.fullmatch(rf"{name}( \d+)?", t)]
    return [[row[t] if t == name else row[t] or None for row in rows] for t in titles]


def summary(results: list[Evaluation]) -> str:
    """The scores, where the sentences are, and the three worst, to be printed."""
    lines = []
    for result in results:
        rate = len(result.sentences) / max(result.seconds, 1e-9)
        lines.append(
            f"{result.search}: {len(result.sentences)} sentences, {rate:.0f} a second"
            + (f", {result.unfinished} cut at the length limit" if result.unfinished else "")
            + "".join(f", {n} flagged as {kind}" for kind, n in result.flagged.items() if n)
        )
        lines += [f"  {s}" for s in result.scores.values()]
    best = results[-1]
    lines.append(f"hypotheses and a table of all sentences: {best.folder}/")
    lines.append(f"the three worst sentences ({best.search}, by chrF2):")
    for s in best.worst():
        lines += [
            f"  {s.chrf:5.1f}  {s.src}",
            f"         {s.hypothesis}",
            f"         {s.reference}",
        ]
    return "\n".join(lines)
