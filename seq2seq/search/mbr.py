"""Minimum Bayes risk: the candidate that agrees most with the others (Kumar & Byrne 2004).

Not the likeliest translation is chosen, but the one of the greatest expected utility, where the
candidates stand for what the translation might be. With samples the expectation is their plain
mean (Eikema & Aziz 2022). In an n-best list each counts by its probability, tempered by its length:
see ``posterior``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from seq2seq.search.hypothesis import length_penalty

TEMPERING = 0.6  # exponent of GNMT's length penalty

Utility = Callable[[str, str], float]
"""How good the first text is where the second is right."""


def expected_utilities(
    texts: Sequence[str], weights: Sequence[float], utility: Utility
) -> dict[str, float]:
    """Each distinct text with its expected utility, best first; of equals the first given.

    Args:
        texts: Candidates; one that stands there twice counts twice.
        weights: One for each, of any sum above 0.
        utility: Computed once for each pair of distinct texts.
    """
    mass: dict[str, float] = {}
    for text, weight in zip(texts, weights, strict=True):
        mass[text] = mass.get(text, 0.0) + weight
    total = math.fsum(mass.values())
    expected = {
        text: math.fsum(w * utility(text, other) for other, w in mass.items()) / total
        for text in mass
    }
    return dict(sorted(expected.items(), key=lambda item: -item[1]))


def posterior(log_probabilities: Sequence[float], lengths: Sequence[int]) -> list[float]:
    """What the candidates of a beam count, in proportion to the greatest.

    Plain probabilities would favour the short ones, and means over the pieces are so alike that
    rare candidates decide as much as likely ones: GNMT's length penalty lies between, whatever
    penalty the search itself has.
    """
    tempered = [
        log_probability / length_penalty(length, TEMPERING)
        for log_probability, length in zip(log_probabilities, lengths, strict=True)
    ]
    best = max(tempered)
    return [math.exp(each - best) for each in tempered]


def chrf() -> Utility:
    """ChrF2 (Popović 2015) by sacreBLEU, in percent."""
    from sacrebleu.metrics.chrf import CHRF  # slow to import, and for this alone

    metric = CHRF()
    return lambda text, other: float(metric.sentence_score(text, [other]).score)
