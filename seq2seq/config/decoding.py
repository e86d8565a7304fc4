"""How translations are searched for."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq.options import option, require


@dataclass(kw_only=True)
class DecodingConfig:
    """How a translation is searched for."""

    beam: int = option(5, "Beam width; 1 is greedy.")
    n_best: int = option(1, "Translations returned for each sentence, best first.")
    length_penalty: float = option(
        0.6, "Exponent of the length penalty (Wu et al. 2016); 0 compares plain log-probabilities."
    )
    max_length: int | None = option(
        None, "Longest translation in tokens; null: twice the source and ten more."
    )
    batch_sentences: int = option(64, "Sentences decoded together, sorted by length.")

    def __post_init__(self) -> None:
        """Refuse widths and counts that cannot be searched."""
        require(self.beam >= 1, "the beam must be at least 1")
        require(
            1 <= self.n_best <= self.beam,
            f"n-best must be between 1 and the beam width ({self.beam}): widen the beam",
        )
        require(self.length_penalty >= 0, "the length penalty must be at least 0")
        require(self.max_length is None or self.max_length >= 1, "max length must be at least 1")
        require(self.batch_sentences >= 1, "batch_sentences must be at least 1")
