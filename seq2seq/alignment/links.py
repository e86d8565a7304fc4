"""Hard links between words: from weights, from two directions, from and to Pharaoh's notation."""

from __future__ import annotations

import re
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from seq2seq.errors import UserError

Links = frozenset[tuple[int, int]]  # (source word, target word), counted from 0

LINK = re.compile(r"(\d+)([-p])(\d+)")
NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, 1), (-1, -1), (1, -1), (1, 1))


class Symmetrization(Enum):
    """How the links of two directions become one set."""

    intersection = "intersection"
    union = "union"
    grow_diagonal = "grow-diagonal"
    grow_diagonal_final = "grow-diagonal-final"


def argmax_links(weights_TS: NDArray[np.float32]) -> Links:
    """One link for each target word: to the source word that it looks at most.

    A row without any weight, such as that of a word that had no source word to look at, has none.
    """
    rows = np.flatnonzero(weights_TS.sum(axis=1) > 0)
    return frozenset((int(weights_TS[row].argmax()), int(row)) for row in rows)


def threshold_links(weights_TS: NDArray[np.float32], threshold: float) -> Links:
    """All links of at least ``threshold`` weight: none, one or several for a target word."""
    return frozenset((int(src), int(tgt)) for tgt, src in np.argwhere(weights_TS >= threshold))


def symmetrize(forward: Links, backward: Links, how: Symmetrization) -> Links:
    """Combine the links of both directions (Och & Ney 2003; Koehn et al. 2005).

    Args:
        forward: Links of the source-to-target direction.
        backward: Links of the other direction, already turned round: (source, target).
        how: The intersection is precise, the union complete; grow-diagonal adds to the intersection
            those neighbours from the union that link two words still free; ``final`` then adds what
            else of either direction links two such words. (Moses asks for one free word only, which
            finds more links and, on the Hansards, far more wrong ones.)
    """
    if how is Symmetrization.intersection:
        return forward & backward
    if how is Symmetrization.union:
        return forward | backward
    grown = _grow(set(forward & backward), forward | backward)
    if how is Symmetrization.grow_diagonal_final:
        for direction in (forward, backward):
            for link in sorted(direction):
                if _both_free(link, grown):
                    grown.add(link)
    return frozenset(grown)


def _grow(links: set[tuple[int, int]], union: Links) -> set[tuple[int, int]]:
    """Add neighbours of two free words until none can be added."""
    added = True
    while added:
        added = False
        for src, tgt in sorted(union):
            if (src, tgt) not in links:
                continue
            for down, right in NEIGHBOURS:
                candidate = (src + down, tgt + right)
                if candidate in union and _both_free(candidate, links):
                    links.add(candidate)
                    added = True
    return links


def _both_free(link: tuple[int, int], links: set[tuple[int, int]]) -> bool:
    """Has neither word of ``link`` a link yet?"""
    return all(link[0] != src and link[1] != tgt for src, tgt in links)


def transpose(links: Links) -> Links:
    """Links with source and target exchanged."""
    return frozenset((tgt, src) for src, tgt in links)


def to_pharaoh(links: Links) -> str:
    """``0-0 1-2``: source first, counted from 0, sorted."""
    return " ".join(f"{src}-{tgt}" for src, tgt in sorted(links))


def from_pharaoh(line: str) -> tuple[Links, Links]:
    """Sure links (``i-j``) and all links (sure, and possible ``ipj``) of a line.

    Args:
        line: Links separated by spaces, source first, counted from 0.

    Raises:
        UserError: Something in the line is not a link.
    """
    sure, every = set(), set()
    for text in line.split():
        match = LINK.fullmatch(text)
        if match is None:
            raise UserError(f"{text!r} is not a link: write i-j (or ipj for a possible one)")
        link = (int(match[1]), int(match[3]))
        every.add(link)
        if match[2] == "-":
            sure.add(link)
    return frozenset(sure), frozenset(every)


def read_links(
    line: str, src_words: list[str], tgt_words: list[str], place: str
) -> tuple[Links, Links]:
    """``from_pharaoh`` for a line of a file, whose links must be of these words.

    Raises:
        UserError: What stands at ``place`` is no link, or names a word that is not there.
    """
    try:
        sure, every = from_pharaoh(line)
    except UserError as error:
        raise UserError(f"{place}: {error}") from error
    if any(src >= len(src_words) or tgt >= len(tgt_words) for src, tgt in every):
        raise UserError(f"{place} links a word that the sentence does not have")
    return sure, every
