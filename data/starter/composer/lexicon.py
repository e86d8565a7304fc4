"""The lexicon files as records."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from words import Pattern, pattern

FOLDER = Path(__file__).parent / "lexicon"


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun in both languages with its selection classes and flags."""

    en: str
    fr: str
    g: str
    classes: frozenset[str]
    en_plural: str = ""
    fr_plural: str = ""

    def has(self, label: str) -> bool:
        """Whether the noun is in a class or has a flag."""
        return label in self.classes


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective in both languages; `place` is pre, post or inv (after, without agreement)."""

    en: str
    fr: str
    place: str
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Frame:
    """A verb frame: pattern, tenses, what fills each slot, and the adjunct sets that fit."""

    en: str
    fr: str
    kinds: str
    slots: tuple[tuple[str, str, str], ...]
    adjuncts: tuple[str, ...]

    @property
    def pattern(self) -> Pattern:
        """Both sides of the frame, head verb first."""
        return pattern(self.en, self.fr)

    @property
    def transitive(self) -> bool:
        """Whether a direct object follows the French verb (il a sorti les poubelles)."""
        after = self.pattern.fr[1:2]
        return any(i.text in ("le", "la", "les", "o") for i in after)

    @property
    def swapped(self) -> bool:
        """Whether the English object is the French subject (miss, manquer à)."""
        return "{s}" in self.fr

    def slot(self, name: str) -> str:
        """Classes of a slot, empty if the frame has none of this name."""
        return next((classes for slot, classes, _ in self.slots if slot == name), "")


def _rows(name: str) -> list[list[str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]


@cache
def nouns() -> tuple[Noun, ...]:
    """All nouns."""
    return tuple(
        Noun(en, fr, g, frozenset(labels.split()), *extra)
        for en, fr, g, labels, *extra in _rows("nouns.tsv")
    )


@cache
def nouns_of(classes: str) -> tuple[Noun, ...]:
    """Nouns of any of the comma-separated classes; an unknown class is an error."""
    wanted = classes.split(",")
    for label in wanted:
        if not any(n.has(label) for n in nouns()):
            raise ValueError(f"no noun of class {label!r}")
    return tuple(n for n in nouns() if any(n.has(label) for label in wanted))


@cache
def adjectives() -> tuple[Adjective, ...]:
    """All adjectives that stand at a noun."""
    return tuple(
        Adjective(en, fr, place, frozenset(labels.split()))
        for en, fr, place, labels in _rows("adjectives.tsv")
    )


@cache
def adjectives_of(noun: Noun) -> tuple[Adjective, ...]:
    """Adjectives that fit a noun."""
    return tuple(a for a in adjectives() if a.classes & noun.classes)


def _slots(text: str) -> tuple[tuple[str, str, str], ...]:
    out = []
    for spec in filter(None, text.split(";")):
        name, _, rest = spec.partition("=")
        classes, _, dets = rest.partition(":")
        out.append((name, classes, dets))
    return tuple(out)


def _head_first(fr: str) -> str:
    """The reflexive joined to its verb, which comes first."""
    return fr.replace("se ", "se_", 1) if fr.startswith("se ") else fr


@cache
def frames() -> tuple[Frame, ...]:
    """All verb frames."""
    return tuple(
        Frame(en, _head_first(fr), kinds, _slots(slots), tuple(filter(None, sets.split(","))))
        for en, fr, kinds, slots, sets in _rows("verbs.tsv")
    )


@cache
def phrases(file: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """A file of sections: `[name]` lines, then rows of fields."""
    sections: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    name = ""
    for row in _rows(file):
        if row[0].startswith("["):
            name = row[0].strip("[]")
        else:
            sections[name].append(tuple(row))
    return {key: tuple(rows) for key, rows in sections.items()}
