"""Which pairs came before, at eight bytes a pair."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def key(src: str, tgt: str) -> int:
    """64 bits that stand for a pair, the same in every process.

    Among 40 million pairs two share a key by accident once in 20,000 corpora.
    """
    text = f"{len(src)} {src}{tgt}"  # the length tells where the target begins
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


class Seen:
    """The keys that came before, in sorted arrays: a set of Python's takes ten times the memory.

    An array as long as the one before it is merged with it, so there are about log2(n) of them.
    """

    def __init__(self) -> None:
        """Begin with no keys."""
        self._runs: list[np.ndarray] = []

    def add(self, keys: np.ndarray) -> np.ndarray:
        """Take in (N,) uint64 keys; (N,) bool: which of them are new, their first copy each."""
        new = np.zeros(len(keys), bool)
        distinct, first = np.unique(keys, return_index=True)
        unknown = np.ones(len(distinct), bool)
        for run in self._runs:
            places = np.searchsorted(run, distinct)
            unknown &= run[np.minimum(places, len(run) - 1)] != distinct
        new[first[unknown]] = True
        if unknown.any():
            self._runs.append(distinct[unknown])
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            # A stable sort merges two sorted halves in one pass.
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
        return new
