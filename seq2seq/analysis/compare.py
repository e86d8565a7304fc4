"""Two runs on one test set: is the difference real, where is it, and how does it read?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest, Result

from seq2seq.alignment.words import words
from seq2seq.analysis import protocol
from seq2seq.analysis.evaluation import Sentence, Table, read_table
from seq2seq.analysis.score import corpus_score, use_python_floats
from seq2seq.analysis.summary import read_scores
from seq2seq.errors import UserError

SIGNIFICANT = 0.05
References = Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class Difference:
    """One metric of both runs, in percent, and how likely chance alone parts them as far.

    Attributes:
        p: Of the paired bootstrap (Koehn 2004); 1 where the scores are equal.
        signature: How sacreBLEU computed both scores.
    """

    metric: str
    a: float
    b: float
    p: float
    signature: str

    def __str__(self) -> str:
        """One line, such as ``BLEU  49.4  51.1  +1.7  0.004  B is better``."""
        verdict = "A is better" if self.a > self.b else "B is better"
        if self.p >= SIGNIFICANT:
            verdict = "no difference" if self.a == self.b else "no significant difference"
        change = f"{self.b - self.a:+.1f}"
        return f"{self.metric:<13} {self.a:6.1f} {self.b:6.1f} {change:>7} {self.p:7.3f}  {verdict}"


@dataclass(frozen=True)
class Bucket:
    """BLEU of the sentences with ``shortest`` to ``longest`` words on one side."""

    shortest: int
    longest: int
    sentences: int
    a: float
    b: float

    def __str__(self) -> str:
        """One line, such as ``8–11 words   243 sentences   50.2   51.9   +1.7``."""
        change = f"{self.b - self.a:+.1f}"
        span = f"{self.shortest}–{self.longest}"
        return f"  {span:>7} {self.sentences:8,} {self.a:9.1f} {self.b:6.1f} {change:>7}"


@dataclass(frozen=True)
class Comparison:
    """How run B differs from run A.

    Attributes:
        test: Folder below ``evaluation/``, such as ``test/beam-5``.
        samples: Resamplings of the paired bootstrap.
        differences: One for each metric.
        by_source: BLEU by words of the source, shortest first.
        by_reference: BLEU by words of the first reference.
        pairs: Every sentence of both, those whose chrF2 differs most first.
    """

    test: str
    samples: int
    differences: list[Difference]
    by_source: list[Bucket]
    by_reference: list[Bucket]
    pairs: list[tuple[Sentence, Sentence]]

    def describe(self, count: int = 5) -> str:
        """All of it as text, with the ``count`` sentences that differ most."""
        lines = [f"{self.test}, {len(self.pairs):,} sentences", ""]
        lines += [f"{'':<13} {'A':>6} {'B':>6} {'B − A':>7} {'p':>7}", *map(str, self.differences)]
        lines += [
            f"p: paired bootstrap, {self.samples:,} resamples; significant below {SIGNIFICANT}"
        ]
        lines += [f"{d.metric}: {d.signature}" for d in self.differences]
        for side, buckets in [("source", self.by_source), ("reference", self.by_reference)]:
            lines += ["", f"BLEU by length of the {side}:"]
            lines += [
                f"  {'words':>7} sentences {'A':>8} {'B':>6} {'B − A':>7}",
                *map(str, buckets),
            ]
        differing = [(a, b) for a, b in self.pairs if a.hypothesis != b.hypothesis]
        if not differing:
            return "\n".join([*lines, "", "no difference: every translation is the same in both"])
        lines += ["", f"{len(differing):,} translations differ, these most (chrF2):"]
        for a, b in differing[:count]:
            lines += [f"  source      {a.src}", f"  reference   {a.reference}"]
            lines += [
                f"  A {a.chrf:5.1f}     {a.hypothesis}",
                f"  B {b.chrf:5.1f}     {b.hypothesis}",
            ]
            lines += [""]
        return "\n".join(lines).rstrip()


@dataclass(frozen=True)
class Side:
    """One run's evaluation: ``value, signature`` by metric, and every sentence."""

    name: str
    scores: dict[str, tuple[float, str]]
    table: Table

    @property
    def hypotheses(self) -> list[str]:
        """The translations."""
        return [sentence.hypothesis for sentence in self.table.sentences]


def compare(
    a: Path, b: Path, *, test: str = "test", search: str | None = None, samples: int = 1000
) -> Comparison:
    """Compare the evaluations of two run folders.

    Args:
        a: Folder of the run that is the baseline.
        b: Folder of the other one.
        test: Name of the test set, the folder below ``evaluation/``.
        search: ``greedy`` or ``beam-N``; None is the widest that both have.
        samples: Resamplings of the paired bootstrap.

    Raises:
        UserError: One was not evaluated so, or what they were evaluated on or by differs.
    """
    scores = [read_scores(folder) for folder in (a, b)]
    place = f"{test}/{search or widest(a.name, b.name, test, scores)}"
    one, other = (open_side(folder, place, s) for folder, s in zip((a, b), scores, strict=True))
    check_alike(one, other)
    sentences = list(zip(one.table.sentences, other.table.sentences, strict=True))
    return Comparison(
        place,
        samples,
        differences(one, other, samples),
        by_length(one, other, [s.src for s in one.table.sentences]),
        by_length(one, other, [s.reference for s in one.table.sentences]),
        sorted(sentences, key=lambda pair: -abs(pair[1].chrf - pair[0].chrf)),
    )


def widest(
    a: str, b: str, test: str, scores: Sequence[dict[tuple[str, str], tuple[float, str]]]
) -> str:
    """The widest plain search by which both runs were evaluated on a test set, or any other.

    Raises:
        UserError: There is none.
    """
    searches = [
        {place.removeprefix(f"{test}/") for place, _ in found if place.startswith(f"{test}/")}
        for found in scores
    ]
    common = searches[0] & searches[1]
    if not common:
        has = [" and ".join(sorted(found)) or "nothing" for found in searches]
        raise UserError(
            f"no search on {test} that both have: {a} has {has[0]}, {b} has {has[1]}; "
            "evaluate both alike"
        )
    plain = {name for name in common if name == "greedy" or name.startswith("beam-")}
    return max(sorted(plain or common), key=width)


def width(search: str) -> int:
    """The beam, or the number of samples, that a search has in its name; 1 for greedy ones."""
    last = search.rpartition("-")[2]
    return int(last) if last.isdigit() else 1


def open_side(folder: Path, place: str, scores: dict[tuple[str, str], tuple[float, str]]) -> Side:
    """Read an evaluation, and see that its table gives its scores again.

    Raises:
        UserError: It is missing, damaged, or does not have all references.
    """
    own = {metric: found for (where, metric), found in scores.items() if where == place}
    if "BLEU" not in own:
        raise UserError(f"{folder.name} was not evaluated on {place}: see its evaluation/")
    path = folder / "evaluation" / place / "sentences.tsv"
    side = Side(folder.name, own, read_table(path))
    again = corpus_score(BLEU(), side.hypotheses, side.table.references).value
    if abs(again - own["BLEU"][0]) > 0.01:  # of an older version, which kept one reference
        raise UserError(f"{path} does not give the BLEU of scores.json: evaluate this run again")
    return side


def check_alike(one: Side, other: Side) -> None:
    """Refuse evaluations that cannot be compared.

    Raises:
        UserError: Test sets, metrics, or signatures differ.
    """
    names = f"{one.name} and {other.name}"
    sources = [[sentence.src for sentence in side.table.sentences] for side in (one, other)]
    if sources[0] != sources[1]:
        raise UserError(f"{names} were evaluated on different test sets: their sources differ")
    if one.table.references != other.table.references:
        raise UserError(f"{names} were evaluated on different test sets: their references differ")
    for metric in one.scores.keys() ^ other.scores.keys():
        without = other if metric in one.scores else one
        raise UserError(f"{without.name} has no {metric}: evaluate it again as the other run was")
    for metric, (_, signature) in one.scores.items():
        if signature != other.scores[metric][1]:
            raise UserError(
                f"{metric} was not computed alike: {signature} and {other.scores[metric][1]}"
            )


def differences(one: Side, other: Side, samples: int) -> list[Difference]:
    """BLEU and chrF2 of raw text, and BLEU by the protocol if both have it."""
    sides, references = (one.hypotheses, other.hypotheses), one.table.references
    tests: list[tuple[str, Metric, tuple[list[str], list[str]], References]] = [
        ("BLEU", BLEU(), sides, references),
        ("chrF2", CHRF(), sides, references),
    ]
    if protocol.METRIC in one.scores:
        protocol.require_sacremoses()
        prepare = protocol.moses()
        tokens = [*map(prepare, sides[0])], [*map(prepare, sides[1])]
        metric = protocol.Multi30kProtocol.metric()
        tests.append((protocol.METRIC, metric, tokens, one.table.tokenized))
    return [
        Difference(name, *paired_bootstrap(metric, *texts, against, samples), one.scores[name][1])
        for name, metric, texts, against in tests
    ]


def paired_bootstrap(
    metric: Metric, a: list[str], b: list[str], references: References, samples: int
) -> tuple[float, float, float]:
    """Both scores, and the p-value of their difference (Koehn 2004) as sacreBLEU computes it."""
    use_python_floats(metric)
    streams = cast(list[list[str]], references)  # sacreBLEU allows None, its types do not
    _, table = PairedTest(
        [("A", a), ("B", b)], {"metric": metric}, streams, test_type="bs", n_samples=samples
    )()
    (results,) = (found for name, found in table.items() if name != "System")
    first, second = cast(list[Result], results)
    equal = first.score == second.score  # sacreBLEU's p is 1 / (samples + 1) then
    return first.score, second.score, 1.0 if equal else float(second.p_value or 0)


def by_length(one: Side, other: Side, texts: list[str]) -> list[Bucket]:
    """BLEU in four groups of about as many sentences, by the number of words in ``texts``."""
    lengths = np.array([len(words(text)) for text in texts])
    edges = np.unique(np.quantile(lengths, [0.25, 0.5, 0.75], method="lower"))
    groups = np.searchsorted(edges, lengths)
    buckets = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        references = [[stream[row] for row in rows] for stream in one.table.references]
        a, b = (
            corpus_score(BLEU(), [side.hypotheses[row] for row in rows], references).value
            for side in (one, other)
        )
        inside = lengths[rows]
        buckets.append(Bucket(int(inside.min()), int(inside.max()), len(rows), a, b))
    return buckets
