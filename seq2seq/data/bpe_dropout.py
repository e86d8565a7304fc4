"""BPE-dropout: another segmentation of the same text at every reading (Provilkov et al. 2020).

SentencePiece can sample too, but what it draws from one seed differs from process to process, and
a resumed training must read what the uninterrupted one reads. Without dropout this gives exactly
SentencePiece's segmentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from random import Random

SPACE = "▁"


def segment(text: str, ranks: dict[str, int], dropout: float, random: Random) -> Iterator[str]:
    """Pieces of a text.

    Args:
        text: Words between single spaces.
        ranks: Order in which every piece was learned, single characters too; a merge must make one
            of them.
        dropout: Probability of passing over a merge each time that it is possible.
        random: Source of the draws.
    """
    for word in text.split(" "):
        symbols = list(SPACE + word)
        while (position := _best_merge(symbols, ranks, dropout, random)) is not None:
            symbols[position : position + 2] = [symbols[position] + symbols[position + 1]]
        for known, neighbours in groupby(symbols, ranks.__contains__):
            pieces = list(neighbours)
            yield from pieces if known else ["".join(pieces)]  # unknown characters make one piece


def _best_merge(
    symbols: list[str], ranks: dict[str, int], dropout: float, random: Random
) -> int | None:
    """Position of the earliest learned merge that is not dropped; None if there is none."""
    best, position = len(ranks), None
    for index in range(len(symbols) - 1):
        rank = ranks.get(symbols[index] + symbols[index + 1], best)
        if rank < best and not (dropout and random.random() < dropout):
            best, position = rank, index
    return position
