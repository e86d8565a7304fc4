"""Cross-attention weights of a sentence pair: over pieces, as the model has them, and over words.

Two readings. A decoder that predicts target piece t has read pieces 0..t−1, not t itself. Its
cross-attention at that moment is the *output* reading of t. One step later t is the decoder's
input, and what it looks at then is the *input* reading of t: the same weights, one row further
down. The decoder then knows the word that it asks about, and in a middle block of large models this
reading aligns far better (Chen et al. 2020); which one does in a given block is measured
(``analysis/alignment_error.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2seq.alignment.links import Links, argmax_links, threshold_links, to_pharaoh
from seq2seq.alignment.words import piece_texts, shares, words

FULL_STOPS = frozenset(".?!…")


class Reading(Enum):
    """Which row of weights belongs to a target piece: see above."""

    output = "output"
    input = "input"


class AligningHead(NamedTuple):
    """A head (or a block's mean) whose weights are read as an alignment.

    Attributes:
        reading: Output or input reading.
        layer: Decoder block, counted from 0.
        head: Head, counted from 0; None is the mean over the block's heads.
    """

    reading: Reading
    layer: int
    head: int | None = None

    @classmethod
    def unchosen(cls, layers: int) -> AligningHead:
        """Where to look while no gold links have chosen: the mean of the last of the blocks."""
        return cls(Reading.output, layers - 1)

    def __str__(self) -> str:
        """In words, counted from 1 as in the pictures."""
        head = "mean of heads" if self.head is None else f"head {self.head + 1}"
        return f"block {self.layer + 1}, {head}, {self.reading.value} reading"


@dataclass(frozen=True)
class CrossAttention:
    """Cross-attention of one sentence pair, read in one teacher-forced pass.

    Attributes:
        src_pieces: The S source pieces, ``</s>`` included: the columns.
        tgt_pieces: The T target pieces, ``</s>`` included: the rows. Row t holds the weights that
            were used to predict piece t (the output reading).
        weights_LHTS: (L, H, T, S) float32 of every decoder block and head; rows sum to 1.
    """

    src_pieces: list[str]
    tgt_pieces: list[str]
    weights_LHTS: NDArray[np.float32]

    @property
    def mean_TS(self) -> NDArray[np.float32]:
        """(T, S) mean over blocks and heads."""
        mean: NDArray[np.float32] = self.weights_LHTS.mean(axis=(0, 1))
        return mean

    def read(self, reading: Reading) -> NDArray[np.float32]:
        """(L, H, T − 1, S): the rows of all target pieces but ``</s>``, which is never an input."""
        rows = slice(None, -1) if reading is Reading.output else slice(1, None)
        return self.weights_LHTS[:, :, rows]

    def to_words(
        self,
        reading: Reading,
        src_words: list[str] | None = None,
        tgt_words: list[str] | None = None,
    ) -> WordAttention:
        """Merge pieces to words: source weights add up, target rows are averaged.

        Args:
            reading: Which row belongs to a target piece.
            src_words: Words of the source, whatever their tokenization; default: ``words``.
            tgt_words: Words of the target.

        Raises:
            UserError: These words are not of these texts.
        """
        src, tgt = (piece_texts(side[:-1]) for side in (self.src_pieces, self.tgt_pieces))
        src_words = words("".join(src)) if src_words is None else src_words
        tgt_words = words("".join(tgt)) if tgt_words is None else tgt_words
        src_shares, tgt_shares = shares(src, src_words), shares(tgt, tgt_words)
        rows_LHTS = self.read(reading)
        summed = np.concatenate([rows_LHTS[..., :-1] @ src_shares, rows_LHTS[..., -1:]], axis=-1)
        averaged = (tgt_shares / tgt_shares.sum(axis=0)).T @ summed
        return WordAttention(src_words, tgt_words, averaged)


@dataclass(frozen=True)
class WordAttention:
    """Cross-attention between words, in one reading.

    Attributes:
        src_words: The source words.
        tgt_words: The target words: the rows.
        weights_LHTS: (L, H, words of the target, words of the source + 1); rows sum to 1, and the
            last column is what ``</s>`` takes.
    """

    src_words: list[str]
    tgt_words: list[str]
    weights_LHTS: NDArray[np.float32]

    def of(self, head: AligningHead) -> NDArray[np.float32]:
        """(words of the target, words of the source + 1): the map of one head, or of a mean."""
        if head.head is None:
            mean: NDArray[np.float32] = self.weights_LHTS[head.layer].mean(axis=0)
            return mean
        return self.weights_LHTS[head.layer, head.head]


@dataclass(frozen=True)
class Alignment:
    """Words of a sentence pair, and how they are linked.

    Attributes:
        src_words: The source words.
        tgt_words: The target words.
        weights_TS: (words of the target, words of the source + 1), the mean of the aligning heads;
            the last column is what ``</s>`` takes.
        links: (source word, target word), counted from 0.
    """

    src_words: list[str]
    tgt_words: list[str]
    weights_TS: NDArray[np.float32]
    links: Links

    def __str__(self) -> str:
        """``source words ||| target words ||| links`` in Pharaoh's notation."""
        sides = (" ".join(self.src_words), " ".join(self.tgt_words), to_pharaoh(self.links))
        return " ||| ".join(sides)

    def plain(self) -> dict[str, Any]:
        """Lists and numbers, ready for JSON; weights have four digits."""
        return {
            "src_words": self.src_words,
            "tgt_words": self.tgt_words,
            "links": sorted(self.links),
            "weights": self.weights_TS.astype(float).round(4).tolist(),
        }


def without_sinks(
    weights_TS: NDArray[np.float32], src_words: list[str], tgt_words: list[str]
) -> NDArray[np.float32]:
    """Maps between words, without what a word looks at when it looks at nothing.

    These sinks are ``</s>``, whose column is left out, and the closing full stop (or ``?``, ``!``)
    of the source, whose column is 0 except where the target word is one too.

    Args:
        weights_TS: (…, words of the target, words of the source + 1).
        src_words: The source words.
        tgt_words: The target words.
    """
    kept_TS = weights_TS[..., :-1].copy()
    if src_words and src_words[-1] in FULL_STOPS:
        kept_TS[..., [word not in FULL_STOPS for word in tgt_words], -1] = 0
    return kept_TS


def align_words(
    attention: CrossAttention,
    heads: Sequence[AligningHead],
    src_words: list[str] | None = None,
    tgt_words: list[str] | None = None,
    *,
    threshold: float | None = None,
    sinks: bool = False,
) -> Alignment:
    """Link the words of a pair by the mean of ``heads``.

    Args:
        attention: Cross-attention of the pair.
        heads: Where to look.
        src_words: Words of the source, whatever their tokenization; default: ``words``.
        tgt_words: Words of the target.
        threshold: Link all words of at least this weight; default: every target word to the source
            word at which the heads look most.
        sinks: Let ``</s>`` and the closing full stop win: a word that looks most at ``</s>`` stays
            without a link.
    """
    maps = {
        reading: attention.to_words(reading, src_words, tgt_words)
        for reading in {head.reading for head in heads}
    }
    words = maps[heads[0].reading]
    weights_TS = np.mean([maps[head.reading].of(head) for head in heads], axis=0)
    seen_TS = weights_TS
    if not sinks:
        seen_TS = without_sinks(weights_TS, words.src_words, words.tgt_words)
    found = argmax_links(seen_TS) if threshold is None else threshold_links(seen_TS, threshold)
    links = frozenset((src, tgt) for src, tgt in found if src < len(words.src_words))
    return Alignment(words.src_words, words.tgt_words, weights_TS, links)
