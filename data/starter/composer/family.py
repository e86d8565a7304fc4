"""The register of frame families: name, weight, and the function that composes one sentence."""

from __future__ import annotations

from collections.abc import Callable

from choose import Chooser
from clause import Clause, realize_clause
from lexicon import Frame, frames
from words import Pair, fill

Compose = Callable[[Chooser], Pair]
FAMILIES: dict[str, tuple[Compose, float]] = {}


def family(weight: float = 1.0) -> Callable[[Compose], Compose]:
    """Register a family; its share of the pairs goes with its weight."""

    def register(compose: Compose) -> Compose:
        FAMILIES[compose.__name__] = (compose, weight)
        return compose

    return register


def end(pair: Pair, mark: str = ".") -> Pair:
    """Close a sentence."""
    return pair + fill(mark, mark)


def say(clause: Clause, mark: str = ".") -> Pair:
    """Realize and close a clause."""
    return end(realize_clause(clause), mark)


def named(*names: str) -> tuple[Frame, ...]:
    """Frames by their English pattern, `#class` picks by the object; no such frame is an error."""
    found: list[Frame] = []
    for name in names:
        en, _, label = name.partition("#")
        fits = [f for f in frames() if f.en == en and (not label or label in _classes(f))]
        if not fits:
            raise ValueError(f"no such frame: {name}")
        found += [f for f in fits if f not in found]
    return tuple(found)


def _classes(frame: Frame) -> list[str]:
    return frame.slot("o").split(",")
