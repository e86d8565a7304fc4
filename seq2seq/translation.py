"""What a translator returns: source texts with their translations. Knows no model and no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seq2seq.alignment.weights import Alignment

Flag = Literal["repetition", "copy"]


@dataclass(frozen=True)
class Candidate:
    """One translation of a sentence.

    Attributes:
        text: As it is read.
        ids: Its pieces' ids, without special ones.
        pieces: Those pieces; word starts are marked with ``▁``.
        score: Log-probability over the length penalty.
        log_probability: Σ log p over the ids and ``</s>``.
        finished: Whether it ended, or was cut at the length limit.
        flag: A failure that its form shows: it goes round in a loop, or copies the source.
        utility: Mean chrF2 against the other candidates, if it was chosen by minimum Bayes risk.
        piece_log_probabilities: Of each piece and ``</s>``, if it was given and scored.
        alignment: Its links to the source, if they were asked for.
    """

    text: str
    ids: list[int]
    pieces: list[str]
    score: float
    log_probability: float
    finished: bool
    flag: Flag | None = None
    utility: float | None = None
    piece_log_probabilities: list[float] | None = None
    alignment: Alignment | None = None


@dataclass(frozen=True)
class Translation:
    """A source text and its translations, best first; a blank source has none."""

    src: str
    candidates: list[Candidate]

    @property
    def text(self) -> str:
        """The best translation."""
        return self.candidates[0].text if self.candidates else ""

    @property
    def flag(self) -> Flag | None:
        """What the best translation's form shows of failures."""
        return self.candidates[0].flag if self.candidates else None

    @property
    def alignment(self) -> Alignment | None:
        """How the best translation is linked to the source, if it was asked for."""
        return self.candidates[0].alignment if self.candidates else None
