"""Sentence pairs whose word links are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from seq2seq.alignment.error_rate import GoldLinks
from seq2seq.alignment.links import read_links, transpose
from seq2seq.alignment.words import join
from seq2seq.config import CleaningConfig
from seq2seq.data.cleaning import normalize
from seq2seq.data.sources import read_lines
from seq2seq.errors import UserError


@dataclass(frozen=True)
class GoldPair:
    """Texts and words of both sides, and the links between the words."""

    src: str
    tgt: str
    src_words: list[str]
    tgt_words: list[str]
    links: GoldLinks

    def reversed(self) -> GoldPair:
        """The same pair for a model that translates the other way."""
        links = GoldLinks(transpose(self.links.sure), transpose(self.links.possible))
        return GoldPair(self.tgt, self.src, self.tgt_words, self.src_words, links)


def read_gold(prefix: str) -> list[GoldPair]:
    """Read ``<prefix>.src-tgt`` (English ``words ||| words`` French) and ``<prefix>.gold`` (links).

    Args:
        prefix: Path without its last suffix.

    Raises:
        UserError: A file is missing, the files are not parallel, a link names no word, or no link
            is sure.
    """
    texts, links = (Path(f"{prefix}{suffix}") for suffix in (".src-tgt", ".gold"))
    pairs = []
    for number, (text, line) in enumerate(zip_longest(read_lines(texts), read_lines(links)), 1):
        if text is None or line is None:
            raise UserError(f"{texts} and {links} need a line for a line: see line {number}")
        src_words, tgt_words = split_pair(text, f"{texts} line {number}")
        sure, possible = read_links(line, src_words, tgt_words, f"{links} line {number}")
        src, tgt = join(src_words, french=False), join(tgt_words, french=True)
        pairs.append(GoldPair(src, tgt, src_words, tgt_words, GoldLinks(sure, possible)))
    if not any(pair.links.sure for pair in pairs):
        raise UserError(f"{links} has no sure link (i-j): there is nothing to find")
    return pairs


def split_pair(line: str, place: str) -> tuple[list[str], list[str]]:
    """The words of ``source ||| target``, normalised as texts are by default.

    Raises:
        UserError: The line at ``place`` has not exactly two sides.
    """
    sides = normalize(line, CleaningConfig()).split("|||")
    if len(sides) != 2:
        raise UserError(f"{place} is not 'source words ||| target words'")
    return sides[0].split(), sides[1].split()
