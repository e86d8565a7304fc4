"""Lines in, lines out: in order, in chunks that keep memory flat, with a bar where it takes long.

``translating``, ``splitting`` and ``scoring`` make what is done with a chunk.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from seq2seq.config import DecodingConfig
from seq2seq.data.paragraphs import Paragraph

if TYPE_CHECKING:
    from seq2seq.export.engine import CTranslate2Translator
    from seq2seq.translation import Candidate, Translation
    from seq2seq.translator import Translator

T = TypeVar("T")
Work = Callable[[list[T], int], list[str]]
"""A chunk of lines, and the number of its first, to what is printed for each."""

FIRST_CHUNK, CHUNK = 64, 1024  # lines worked on together: few at first, so that something is seen
BAR_DELAY = 2.0  # seconds: shorter work needs no bar


def in_chunks(lines: Iterable[T], work: Work[T]) -> Iterator[str]:
    """What ``work`` makes of each line; no more are read than a chunk needs."""
    iterator, first, size = iter(lines), 1, min(FIRST_CHUNK, CHUNK)
    while chunk := list(islice(iterator, size)):
        yield from work(chunk, first)
        first += len(chunk)
        size = min(2 * size, CHUNK)


def translating(
    translator: Translator | CTranslate2Translator,
    options: DecodingConfig,
    form: str,
    prefix: str = "",
) -> Work[str]:
    """Translate each line as one sentence; all translations begin with ``prefix``."""

    def work(lines: list[str], first: int) -> list[str]:
        prefixes = [prefix] * len(lines) if prefix else []
        found = translator.translate(
            lines, options, prefixes=prefixes, align=form != "text", first=first
        )
        return [render(translation, form) for translation in found]

    return work


def splitting(
    translator: Translator | CTranslate2Translator, options: DecodingConfig, language: str
) -> Work[str]:
    """Translate each line sentence by sentence; its layout stays."""
    done = 0  # sentences: errors count them, not lines

    def work(lines: list[str], _: int) -> list[str]:
        nonlocal done
        paragraphs = [Paragraph.split(line, language) for line in lines]
        sentences = [sentence for p in paragraphs for sentence in p.sentences]
        texts = iter([t.text for t in translator.translate(sentences, options, first=done + 1)])
        done += len(sentences)
        return [p.join(list(islice(texts, len(p.sentences)))) for p in paragraphs]

    return work


def scoring(translator: Translator, options: DecodingConfig, form: str) -> Work[tuple[str, str]]:
    """Score translations that are given."""

    def work(pairs: list[tuple[str, str]], first: int) -> list[str]:
        scored = zip(pairs, translator.score(pairs, options, first=first), strict=True)
        if form == "json":
            return [as_json(src, [candidate]) for (src, _), candidate in scored]
        return [f"{candidate.score:8.4f}  {candidate.text}" for _, candidate in scored]

    return work


def render(translation: Translation, form: str) -> str:
    """A translation as text, a JSON object, or linked words; a line for each of several."""
    candidates = translation.candidates
    if form == "json":
        return as_json(translation.src, candidates)
    if form == "pharaoh":
        return "\n".join(str(c.alignment) for c in candidates) or " ||| ||| "
    if len(candidates) <= 1:
        return translation.text
    ranks = [c.score if c.utility is None else c.utility for c in candidates]
    return "\n".join(f"{rank:8.4f}  {c.text}" for rank, c in zip(ranks, candidates, strict=True))


def as_json(src: str, candidates: list[Candidate]) -> str:
    """Everything that is known, as one line."""
    shown = [{**vars(c), "alignment": c.alignment and c.alignment.plain()} for c in candidates]
    return json.dumps({"src": src, "candidates": shown}, ensure_ascii=False)


def with_bar(answers: Iterable[str], total: Callable[[], int | None]) -> Iterable[str]:
    """The same with a progress bar, where a person waits for it and the answers go elsewhere.

    ``total`` tells how many answers there will be; it is asked only if there is a bar.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        return answers

    from tqdm import tqdm

    return tqdm(answers, total=total(), unit=" lines", delay=BAR_DELAY, dynamic_ncols=True)
