"""What a translator returns: source texts with their translations. Knows no model and no torch."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq.alignment.weights import Alignment


@dataclass(frozen=True)
class Candidate:
    """One translation of a sentence: its text, its ``Hypothesis``, and, if asked for, its links."""

    text: str
    ids: list[int]
    pieces: list[str]
    score: float
    log_probability: float
    finished: bool
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
    def alignment(self) -> Alignment | None:
        """How the best translation is linked to the source, if it was asked for."""
        return self.candidates[0].alignment if self.candidates else None
