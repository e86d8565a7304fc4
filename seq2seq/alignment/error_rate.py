"""Alignment error rate against sure and possible links (Och & Ney 2003)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seq2seq.alignment.links import Links


@dataclass(frozen=True)
class GoldLinks:
    """What annotators say of a sentence pair.

    Attributes:
        sure: Links that must be found.
        possible: Links that may be found, the sure ones included.
    """

    sure: Links
    possible: Links


@dataclass(frozen=True)
class AlignmentScore:
    """Quality of links A against sure links S and possible links P, which include S.

    Attributes:
        aer: 1 − (|A ∩ S| + |A ∩ P|) / (|A| + |S|), between 0 (best) and 1.
        precision: |A ∩ P| / |A|.
        recall: |A ∩ S| / |S|.
    """

    aer: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score_links(found: Iterable[Links], gold: Iterable[GoldLinks]) -> AlignmentScore:
    """Score the links of all sentences together (counts are added up, not rates).

    Raises:
        ValueError: ``found`` and ``gold`` are not parallel, or there is no link to count.
    """
    links = sure = in_sure = in_possible = 0
    for ours, theirs in zip(found, gold, strict=True):
        links, sure = links + len(ours), sure + len(theirs.sure)
        in_sure += len(ours & theirs.sure)
        in_possible += len(ours & theirs.possible)
    if not links or not sure:
        raise ValueError("no link to score: an error rate needs links on both sides")
    return AlignmentScore(
        aer=1 - (in_sure + in_possible) / (links + sure),
        precision=in_possible / links,
        recall=in_sure / sure,
    )
