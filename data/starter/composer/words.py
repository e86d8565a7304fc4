"""Words that remember which constituent produced them, and bilingual pieces made of them.

A constituent is a number (a *tag*). An English and a French word are linked when they share one.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cache

_ARTICLES = ("le", "la", "l'", "les", "un", "une")
_TAGS = itertools.count(1)


def new_tag() -> int:
    """A tag that no other constituent has."""
    return next(_TAGS)


@dataclass(frozen=True, slots=True)
class Word:
    """One word form and the constituents it realizes (none: it stays unaligned)."""

    text: str
    tags: frozenset[int] = frozenset()


def word(text: str, *tags: int) -> Word:
    """A word that realizes the constituents `tags`."""
    return Word(text, frozenset(tags))


@dataclass(slots=True)
class Pair:
    """A piece of a sentence in both languages."""

    en: list[Word] = field(default_factory=list)
    fr: list[Word] = field(default_factory=list)

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.en + other.en, self.fr + other.fr)


@dataclass(frozen=True, slots=True)
class Item:
    """A token of a pattern: a slot, or a word with the numbers of the constituents it realizes."""

    text: str
    refs: tuple[int, ...] = ()
    slot: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of both languages; `size` constituents number 0 .. size - 1."""

    en: tuple[Item, ...]
    fr: tuple[Item, ...]
    size: int

    def tags(self) -> list[int]:
        """Fresh tags for one use of the pattern."""
        return [new_tag() for _ in range(self.size)]


def _is_slot(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")


@cache
def pattern(en: str, fr: str) -> Pattern:
    """Read a pattern, "wait for {o}" and "attendre {o}" for example.

    A French word marked `/2` or `/1,2` aligns to the English words of these numbers (slots are not
    counted); the first French word, unless an article, aligns to the first English word if it has
    no mark, and other unmarked words stay unaligned. Without any mark, equal numbers of words align
    one to one, others as one block.
    """
    en_tokens, fr_tokens = en.split(), fr.split()
    en_count = sum(not _is_slot(t) for t in en_tokens)
    fr_count = sum(not _is_slot(t) for t in fr_tokens)
    marked = any("/" in t for t in fr_tokens)
    block = not marked and en_count != fr_count
    en_numbers, fr_numbers = itertools.count(), itertools.count()
    en_items = [
        Item(t[1:-1], slot=True) if _is_slot(t) else Item(t, (0 if block else next(en_numbers),))
        for t in en_tokens
    ]
    fr_items = []
    for token in fr_tokens:
        if _is_slot(token):
            fr_items.append(Item(token[1:-1], slot=True))
        elif marked:
            if not fr_items and "/" not in token and token not in _ARTICLES:
                token += "/1"
            text, _, refs = token.partition("/")
            fr_items.append(Item(text, tuple(int(n) - 1 for n in refs.split(",") if n)))
        else:
            fr_items.append(Item(token, (0 if block else next(fr_numbers),)))
    if not en_tokens:
        fr_items = [Item(t) for t in fr_tokens]
    last = max((n for item in fr_items for n in item.refs), default=0)
    if marked and last >= en_count:
        raise ValueError(f"no such English word: {en!r} | {fr!r}")
    return Pattern(tuple(en_items), tuple(fr_items), max(en_count, 1))


def fill(en: str, fr: str, **slots: Pair) -> Pair:
    """Use a pattern with its slots filled."""
    pat = pattern(en, fr)
    tags = pat.tags()
    out = Pair()
    for item in pat.en:
        out.en += slots[item.text].en if item.slot else [_use(item, tags)]
    for item in pat.fr:
        out.fr += slots[item.text].fr if item.slot else [_use(item, tags)]
    return out


def _use(item: Item, tags: list[int]) -> Word:
    return Word(item.text, frozenset(tags[n] for n in item.refs))
