"""How translations are found: by search or by sampling, and which of the candidates is taken."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

from seq2seq.options import option, require


class LengthPenalty(Enum):
    """What a log-probability is divided by, so that long translations are not worse for that."""

    gnmt = "gnmt"
    length = "length"


@dataclass(kw_only=True)
class DecodingConfig:
    """How a translation is found; without samples it is searched for."""

    beam: int = option(5, "Beam width; 1 is greedy.")
    n_best: int = option(1, "Translations returned for each sentence, best first.")
    penalty: LengthPenalty = option(
        LengthPenalty.length,
        "Divisor of log-probabilities: tokens^exponent (length), or ((5 + tokens) / 6)^exponent as "
        "in Wu et al. 2016 (gnmt).",
    )
    length_penalty: float = option(
        1.0,
        "Exponent of the length penalty: 1 of tokens makes scores means, 0 compares plain "
        "log-probabilities.",
    )
    min_length: int = option(1, "Shortest translation in tokens, its end counted as one.")
    max_length: int | None = option(
        None, "Longest translation in tokens, the end included; null: twice the source and ten."
    )
    samples: int = option(
        0, "Draw so many translations at random instead of searching; all are returned."
    )
    temperature: float = option(1.0, "Sharpens samples below 1, flattens them above.")
    top_k: int = option(0, "Draw from the likeliest k tokens only; 0 is off.")
    top_p: float = option(
        1.0, "Draw from the likeliest tokens of this probability together; 1 is off."
    )
    epsilon: float = option(0.0, "Draw no token of less probability than this; 0 is off.")
    seed: int = option(1, "Seed of the samples; a sentence gets the same ones in any batch.")
    mbr: bool = option(
        False, "Rank samples, or all beams, by minimum Bayes risk: mean chrF2 against one another."
    )
    batch_sentences: int = option(64, "Sentences decoded together, sorted by length.")

    def __post_init__(self) -> None:
        """Refuse what cannot be searched or drawn, and what would have no effect."""
        require(self.beam >= 1, "the beam must be at least 1")
        require(self.samples >= 0, "samples must be at least 0")
        self._check_lengths()
        self._check_sampling()
        require(
            not self.mbr or max(self.samples, self.beam) > 1,
            "minimum Bayes risk compares candidates: add samples, or widen the beam",
        )
        candidates = self.samples or self.beam
        listed = "the number of samples" if self.samples else "the beam width"
        more = "draw more" if self.samples else "widen the beam"
        require(
            1 <= self.n_best <= candidates,
            f"n-best must be between 1 and {listed} ({candidates}): {more}",
        )
        require(
            not self.samples or self.mbr or self.n_best == 1,
            "all samples are returned: n-best chooses among them with mbr only",
        )
        require(self.batch_sentences >= 1, "batch_sentences must be at least 1")

    def _check_lengths(self) -> None:
        require(0 <= self.length_penalty <= 10, "the length penalty must be between 0 and 10")
        require(self.min_length >= 1, "min length must be at least 1, which is the end alone")
        require(self.max_length is None or self.max_length >= 1, "max length must be at least 1")
        require(
            self.max_length is None or self.min_length <= self.max_length,
            f"min length ({self.min_length}) is above max length ({self.max_length})",
        )

    def _check_sampling(self) -> None:
        """Sampling is another way than a beam, and its options are for it alone."""
        require(
            self.temperature > 0, "the temperature must be above 0; for its limit 0 take beam 1"
        )
        require(self.top_k >= 0, "top-k must be at least 0")
        require(0 < self.top_p <= 1, "top-p must be above 0 and at most 1")
        require(0 <= self.epsilon < 1, "epsilon must be in [0, 1)")
        default = {f.name: f.default for f in fields(self)}
        if self.samples:
            require(
                self.beam in (1, default["beam"]), "samples are drawn without a beam: leave it out"
            )
            self.beam = 1
            return
        for name in ("temperature", "top_k", "top_p", "epsilon", "seed"):
            require(
                getattr(self, name) == default[name],
                f"{name.replace('_', '-')} is for samples: add how many to draw (samples)",
            )

    @property
    def name(self) -> str:
        """How it is called in reports, such as ``greedy``, ``beam-5`` or ``mbr-sample-20``."""
        drawn = f"sample-{self.samples}" if self.samples else ""
        searched = "greedy" if self.beam == 1 else f"beam-{self.beam}"
        return f"{'mbr-' if self.mbr else ''}{drawn or searched}"
