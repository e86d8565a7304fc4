"""BLEU, chrF2 and TER on raw text, each with its sacreBLEU signature (Post 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from seq2seq.errors import UserError


@dataclass(frozen=True)
class Score:
    """A corpus score.

    Attributes:
        metric: BLEU, chrF2 or TER, in percent.
        value: The score of the whole corpus.
        interval: Half width of the 95 % bootstrap confidence interval, or None.
        signature: How sacreBLEU computed it.
    """

    metric: str
    value: float
    interval: float | None
    signature: str

    def __str__(self) -> str:
        """One line, such as ``BLEU 41.2 ± 1.3  (nrefs:1|…)``."""
        spread = "" if self.interval is None else f" ± {self.interval:.1f}"
        return f"{self.metric:<5} {self.value:5.1f}{spread}  ({self.signature})"


def score(
    hypotheses: list[str], references: Sequence[Sequence[str | None]], *, bootstrap: int = 0
) -> dict[str, Score]:
    """Score a corpus by every metric.

    Args:
        hypotheses: One raw translation a sentence.
        references: One list of all sentences for each reference; None where one is missing.
        bootstrap: Resamplings for confidence intervals (Koehn 2004); below 2 there are none.

    Raises:
        UserError: The numbers of lines differ, or there are none.
    """
    metrics: tuple[Metric, ...] = (BLEU(), CHRF(), TER())
    scores = [corpus_score(metric, hypotheses, references, bootstrap) for metric in metrics]
    return {score.metric: score for score in scores}


def corpus_score(
    metric: Metric,
    hypotheses: list[str],
    references: Sequence[Sequence[str | None]],
    bootstrap: int = 0,
) -> Score:
    """Score a corpus by one of sacreBLEU's metrics; arguments and errors are those of ``score``."""
    check_parallel(len(hypotheses), references)
    resampled = bootstrap > 1 and len(hypotheses) > 1  # one sentence cannot be resampled
    use_python_floats(metric)
    streams = cast(list[list[str]], references)  # sacreBLEU allows None, its types do not
    result = metric.corpus_score(hypotheses, streams, n_bootstrap=bootstrap if resampled else 1)
    return Score(
        result.name,
        float(result.score),
        float(result._ci) if resampled else None,
        str(metric.get_signature()),
    )


def check_parallel(hypotheses: int, references: Sequence[Sequence[str | None]]) -> None:
    """Refuse references that are not as many lines as there are ``hypotheses``.

    Raises:
        UserError: The numbers of lines differ, or there are none.
    """
    for number, lines in enumerate(references, 1):
        if len(lines) != hypotheses:
            raise UserError(
                f"{hypotheses} hypotheses, but reference {number} has {len(lines)} lines: "
                "they must be parallel"
            )
    if not hypotheses:
        raise UserError("nothing to score: the files are empty")


def use_python_floats(metric: Metric) -> None:
    """Mend sacreBLEU 2.6, whose bootstrap fails where NumPy's and Python's floats meet."""
    compute = metric._compute_score_from_stats
    metric._compute_score_from_stats = lambda stats: compute(  # type: ignore[method-assign]
        [float(s) for s in stats]
    )


def bleu(hypotheses: list[str], references: list[str]) -> float:
    """Corpus BLEU alone, for validations."""
    return float(BLEU().corpus_score(hypotheses, [references]).score)


def chrf(hypotheses: list[str], references: list[str]) -> float:
    """Corpus chrF2 alone, for validations."""
    return float(CHRF().corpus_score(hypotheses, [references]).score)


def sentence_chrf(hypotheses: list[str], references: Sequence[Sequence[str | None]]) -> list[float]:
    """ChrF2 of every sentence: unlike BLEU it is meaningful for a single one."""
    metric = CHRF()
    columns = zip(*references, strict=True)
    return [
        float(metric.sentence_score(hypothesis, [r for r in refs if r is not None]).score)
        for hypothesis, refs in zip(hypotheses, columns, strict=True)
    ]
