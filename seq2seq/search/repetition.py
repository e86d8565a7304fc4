"""Two failures that can be seen without a reference: loops, and copies of the source."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from seq2seq.alignment.words import piece_texts, words
from seq2seq.translation import Flag

LOOP_PIECES = 6  # a loop is at least so long: "non, non, non" and "très très très bien" are none
LOOP_TIMES = 3  # and goes round so often: "de plus en plus, de plus en plus" is none
LOOP_GROWTH = 2  # and more than this many times as often as the source, which may laugh "ha ha ha"
SRC_LOOP_PIECES = 4  # what counts as a repetition there; shorter ones are double letters and "..."
COPY_PAIRS = 3  # a copy has at least so many pairs of words from the source
COPY_SHARE = 0.5  # and of its own pairs at least this share; translations have next to none


def flag(src: Sequence[str], tgt: Sequence[str]) -> Flag | None:
    """What is wrong with the pieces of a translation, as far as its form shows it."""
    if is_loop(src, tgt):
        return "repetition"
    return "copy" if is_copy(src, tgt) else None


def is_loop(src: Sequence[str], tgt: Sequence[str]) -> bool:
    """Whether an n-gram of ``tgt`` follows itself again and again, unlike in ``src``."""
    times = repetitions(tgt, LOOP_PIECES)
    return times >= LOOP_TIMES and times > LOOP_GROWTH * repetitions(src, SRC_LOOP_PIECES)


def repetitions(pieces: Sequence[str], at_least: int) -> int:
    """How often in a row an n-gram stands at most (1: none is repeated), for any n.

    Args:
        pieces: Of a text.
        at_least: Only stretches of so many pieces, all rounds together. The zeros of a number do
            not count: a billion is 1 000 000 000 in French.
    """
    letters = [any(not c.isdigit() for c in text.strip()) for text in piece_texts(list(pieces))]
    most = 1
    for n in range(1, len(pieces) // 2 + 1):
        run = 0
        for end in range(n, len(pieces)):
            run = run + 1 if pieces[end] == pieces[end - n] else 0
            times = run // n + 1
            if times > most and times * n >= at_least and any(letters[end - n + 1 : end + 1]):
                most = times
    return most


def is_copy(src: Sequence[str], tgt: Sequence[str]) -> bool:
    """Whether ``tgt`` has kept the neighbours of ``src``.

    Two languages share words, but seldom two in a row that are no names.
    """
    known, written = set(neighbours(src)), neighbours(tgt)
    copied = sum(pair in known for pair in written)
    return copied >= COPY_PAIRS and copied >= COPY_SHARE * len(written)


def neighbours(pieces: Sequence[str]) -> list[tuple[str, str]]:
    """Words next to each other that are written small: no names, numbers or marks."""
    text = "".join(piece_texts(list(pieces)))
    return [pair for pair in pairwise(words(text)) if all(word.islower() for word in pair)]
