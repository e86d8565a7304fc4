"""Sentences that may not be composed: those of the test set and all within a word of one."""

from __future__ import annotations

import re
from pathlib import Path

TEST = Path(__file__).resolve().parents[1] / "test.tsv"
NEAR_FROM = 5  # words of a test sentence whose neighbours are barred too


def tokens(text: str) -> tuple[str, ...]:
    """Lower-cased words without punctuation."""
    return tuple(re.findall(r"\w+(?:['-]\w+)*", text.lower()))


def neighbours(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Keys that two sentences share exactly if one changed, added or lost word parts them."""
    changed = {(*words[:i], "*", *words[i + 1 :]) for i in range(len(words))}
    return changed | {(*words[:i], "*", *words[i:]) for i in range(len(words) + 1)}


EXACT = {tokens(line.split("\t")[0]) for line in TEST.read_text("utf-8").splitlines()}
NEAR = {key for words in EXACT if len(words) >= NEAR_FROM for key in neighbours(words)}


def is_barred(english: str) -> bool:
    """Whether a sentence would tell the model a test sentence, or nearly."""
    words = tokens(english)
    return words in EXACT or not NEAR.isdisjoint(neighbours(words))
