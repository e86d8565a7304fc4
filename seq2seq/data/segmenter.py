"""Text to pieces, with BPE-dropout: another segmentation at every reading (Provilkov et al. 2020).

SentencePiece can sample too, but what it draws from one seed differs from process to process, and
a resumed training must read what the uninterrupted one reads. Without dropout this gives exactly
SentencePiece's segmentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from math import inf, log, log1p
from random import Random

SPACE = "▁"
REMEMBERED = 100_000  # segmentations of words: some 40 MB


class Segmenter:
    """Cuts words into the pieces of a vocabulary, and remembers what became of them."""

    def __init__(self, ranks: dict[str, int]) -> None:
        """Take the vocabulary.

        Args:
            ranks: Order in which every piece was learned, single characters too (SentencePiece
                numbers them so); a merge must make one of them.
        """
        self.ranks = ranks
        self._merged = lru_cache(REMEMBERED)(self._merge)

    def __call__(self, text: str, dropout: float, random: Random) -> Iterator[str]:
        """Pieces of a text.

        Args:
            text: Words between single spaces.
            dropout: Probability of passing over a merge each time that it is possible.
            random: Source of the draws.
        """
        following = _until_next(dropout, random)  # number of the next merge to pass over
        for word in text.split(" ") if text else ():
            passed: tuple[int, ...] = ()
            pieces, possible = self._merged(word, passed)
            while following < possible:
                passed = (*passed, int(following))
                pieces, possible = self._merged(word, passed)
                following += 1 + _until_next(dropout, random)
            following -= possible
            yield from pieces

    def _merge(self, word: str, passed: tuple[int, ...]) -> tuple[tuple[str, ...], int]:
        """Pieces of a word, and how many merges were possible; those in ``passed`` are not made."""
        symbols = list(SPACE + word)
        possible = 0
        while True:
            best, position = len(self.ranks), None
            for index in range(len(symbols) - 1):
                rank = self.ranks.get(symbols[index] + symbols[index + 1], best)
                if rank < best:
                    if possible not in passed:
                        best, position = rank, index
                    possible += 1
            if position is None:
                return tuple(self._known(symbols)), possible
            symbols[position : position + 2] = [symbols[position] + symbols[position + 1]]

    def _known(self, symbols: list[str]) -> Iterator[str]:
        """The symbols, neighbouring unknown characters as one piece."""
        for known, neighbours in groupby(symbols, self.ranks.__contains__):
            pieces = list(neighbours)
            yield from pieces if known else ["".join(pieces)]


def _until_next(dropout: float, random: Random) -> float:
    """Merges that are made before the next one that is passed over: geometrically distributed."""
    return log(1 - random.random()) // log1p(-dropout) if dropout else inf
