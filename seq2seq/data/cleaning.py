"""Rules that decide which training pairs are kept, and the report of what was dropped and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from seq2seq.config import CleaningConfig
from seq2seq.data.duplicates import Seen, key
from seq2seq.data.parallel import Workers, blocks_of
from seq2seq.data.sources import Pair

EXAMPLES = 3  # examples kept for each rule
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd]"
)
ORDINARY_SPACE = re.compile(  # line breaks too, but no no-break spaces
    r"[ \t\n\r\f\v\x85\u2000-\u2008\u2028\u2029\u205f\u3000]+"
)
SPACES = re.compile("  +")
NO_BREAK_SPACE = re.compile("[\u00a0\u202f]")


@dataclass
class DropReport:
    """How many pairs were read, changed, kept, and dropped by which rule, with examples."""

    read: int = 0
    changed: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Pair]] = field(default_factory=dict)

    def drop(self, rule: str, pair: Pair) -> None:
        """Count one dropped pair."""
        self.dropped[rule] = self.dropped.get(rule, 0) + 1
        shown = self.examples.setdefault(rule, [])
        if len(shown) < EXAMPLES:
            shown.append(pair)

    def add(self, other: DropReport) -> None:
        """Count what ``other`` counts."""
        self.read += other.read
        self.changed += other.changed
        for rule, count in other.dropped.items():
            self.dropped[rule] = self.dropped.get(rule, 0) + count
            shown = self.examples.setdefault(rule, [])
            shown += other.examples[rule][: EXAMPLES - len(shown)]

    def lines(self) -> Iterator[str]:
        """The report as lines of text."""
        yield f"pairs read {self.read:,}, normalised {self.changed:,}, kept {self.kept:,}"
        for rule, count in sorted(self.dropped.items(), key=lambda item: -item[1]):
            yield f"  dropped {count:,}: {rule}"
            for src, tgt in self.examples[rule]:
                yield f"    {src[:60]!r} | {tgt[:60]!r}"


def normalize(text: str, config: CleaningConfig) -> str:
    """Text as the model sees it: NFC, one ordinary space between words, nothing invisible.

    No-break spaces (U+00A0, U+202F) are French typography and stay, unless ``plain_spaces``.
    """
    if config.plain_spaces:
        text = NO_BREAK_SPACE.sub(" ", text)
    if config.normalize:
        text = ORDINARY_SPACE.sub(" ", text)
    if config.control_characters:
        text = INVISIBLE.sub("", text)
    if config.normalize:  # last: what stood around an invisible character now meets
        text = SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return text.strip(" ")


def clean(
    pairs: Iterable[Pair], config: CleaningConfig, report: DropReport, workers: Workers
) -> Iterator[Pair]:
    """Yield the pairs that every rule keeps; count the others in ``report``.

    ``workers`` look at each pair by itself; only this process knows which came before.
    """
    seen = Seen()
    work = partial(_clean_block, config=config)
    for block in workers.map(work, blocks_of(pairs)):
        report.add(block.report)
        new = seen.add(block.keys) if config.drop_duplicates else np.ones(len(block.pairs), bool)
        for pair, is_new in zip(block.pairs, new.tolist(), strict=True):
            if is_new:
                yield pair
            else:
                report.drop("exact duplicate", pair)


@dataclass(frozen=True)
class _Block:
    """The pairs of a block that are right in themselves, their keys, and what was dropped."""

    pairs: list[Pair]
    keys: np.ndarray
    report: DropReport


def _clean_block(pairs: list[Pair], config: CleaningConfig) -> _Block:
    """Normalise pairs, and drop those that break a rule by themselves."""
    report, kept = DropReport(read=len(pairs)), []
    for raw in pairs:
        pair = (normalize(raw[0], config), normalize(raw[1], config))
        report.changed += pair != raw
        rule = _reason_to_drop(pair, config)
        if rule is None:
            kept.append(pair)
        else:
            report.drop(rule, pair)
    return _Block(kept, np.array([key(*pair) for pair in kept], np.uint64), report)


def _reason_to_drop(pair: Pair, config: CleaningConfig) -> str | None:
    """The rule that a single pair breaks, or None."""
    src, tgt = pair
    if not src.strip() or not tgt.strip():
        return "empty side"
    if max(len(src.split()), len(tgt.split())) > config.max_words:
        return f"more than {config.max_words} words"
    shorter, longer = sorted((len(src) + 10, len(tgt) + 10))
    if longer > config.max_length_ratio * shorter:
        return f"length ratio above {config.max_length_ratio:g}"
    if config.drop_identical and src == tgt:
        return "source equals target"
    return None
