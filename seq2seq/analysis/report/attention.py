"""Cross-attention for a report's page: weights in bytes, and which pieces make which words."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq.alignment.weights import AligningHead, CrossAttention
from seq2seq.alignment.words import piece_texts, shares, words
from seq2seq.analysis.evaluation import Sentence
from seq2seq.analysis.probes import probe_files, read_probes
from seq2seq.config import DecodingConfig
from seq2seq.data.cleaning import normalize
from seq2seq.errors import UserError, first_line
from seq2seq.run import Run
from seq2seq.translator import Translator

LEVELS = 255  # a weight is kept as one byte
LONGEST = 40  # pieces of a side; longer pairs make no picture that can be read
MOST_BYTES = 3_500_000  # of all sentences together, on the page; half of it for test sentences
BESIDE = 40  # bytes that a piece takes, weights apart: its text, its word, its shares
TESTED = 12  # test sentences: the worst, some between, the best

Shares = list[list[tuple[int, float]]]  # for each piece: (word, share)


@dataclass(frozen=True)
class View:
    """Cross-attention of one sentence pair, read by one state of the model.

    Attributes:
        step: Training step; None for the run's saved weights.
        src_pieces: The S source pieces, ``</s>`` included.
        tgt_pieces: The T target pieces, ``</s>`` included.
        src_words: Words of the source.
        tgt_words: Words of the target.
        src_shares: To which words the source pieces belong, ``</s>`` left out.
        tgt_shares: To which words the target pieces belong, ``</s>`` left out.
        weights: (L, H, T, S) bytes in base64; 255 is the weight 1.
    """

    step: int | None
    src_pieces: list[str]
    tgt_pieces: list[str]
    src_words: list[str]
    tgt_words: list[str]
    src_shares: Shares
    tgt_shares: Shares
    weights: str


@dataclass(frozen=True)
class Viewed:
    """A sentence to look at: a probe at several steps, or a test sentence with its scores."""

    src: str
    reference: str | None
    chrf: float | None
    views: list[View]


@dataclass(frozen=True)
class Viewer:
    """All that the attention viewer shows.

    Attributes:
        layers: Decoder blocks L.
        heads: Heads H of each.
        aligning: The heads that align best together, or what stands in for them.
        chosen: Whether gold links chose them.
        probes: The probe sentences, at every validation that drew them.
        every: One of so many validations is shown.
        tested: Test sentences and their final translations.
    """

    layers: int
    heads: int
    aligning: list[dict[str, object]]
    chosen: bool
    probes: list[Viewed]
    every: int
    tested: list[Viewed]


def build_viewer(run: Run, translator: Translator, sentences: Sequence[Sentence]) -> Viewer:
    """Gather probes and test sentences; probes are shown at as many steps as there is room for.

    Raises:
        UserError: Kept weights are damaged, or of another model.
    """
    config = translator.model.config
    tested, _ = thinned(view_sentences(translator, spread(translator, sentences)), MOST_BYTES // 2)
    arrays = read_arrays(run, (config.decoder_layers, config.heads))
    probes = arrays or final_probes(translator, run.config.probes)
    short = [p for p in probes if max(map(longer_side, p.views)) <= LONGEST]
    shown, every = thinned(short, MOST_BYTES - sum(map(size, tested)))
    return Viewer(
        layers=config.decoder_layers,
        heads=config.heads,
        aligning=[describe(head) for head in translator.aligning_heads],
        chosen=bool(run.aligning_heads()),
        probes=shown,
        every=every,
        tested=tested,
    )


def describe(head: AligningHead) -> dict[str, object]:
    """A head by its numbers, for the page to compute with, and in words."""
    return {
        "layer": head.layer, "head": head.head, "reading": head.reading.value, "name": str(head)
    }  # fmt: skip


def view(attention: CrossAttention, step: int | None = None) -> View:
    """One byte for each weight; shares tell how pieces become words, as ``to_words`` has it."""
    src, tgt = (piece_texts(p[:-1]) for p in (attention.src_pieces, attention.tgt_pieces))
    src_words, tgt_words = words("".join(src)), words("".join(tgt))
    levels = np.rint(attention.weights_LHTS * LEVELS).astype(np.uint8)
    return View(
        step,
        attention.src_pieces,
        attention.tgt_pieces,
        src_words,
        tgt_words,
        sparse(src, src_words),
        sparse(tgt, tgt_words),
        base64.b64encode(levels.tobytes()).decode("ascii"),
    )


def sparse(pieces: list[str], tokens: list[str]) -> Shares:
    """``shares`` without its zeros."""
    if not tokens:
        return [[] for _ in pieces]
    table = shares(pieces, tokens)
    return [[(int(w), round(float(row[w]), 4)) for w in np.flatnonzero(row)] for row in table]


def read_arrays(run: Run, shape: tuple[int, int]) -> list[Viewed]:
    """What validations kept of the probes, in the order of their steps.

    Raises:
        UserError: A file is damaged, or of a model of another ``shape`` (L, H).
    """
    found: dict[str, list[View]] = {}
    for step, path in probe_files(run).items():
        try:
            for probe, attention in read_probes(path):
                if attention.weights_LHTS.shape[:2] != shape:
                    raise ValueError("its blocks and heads are not those of the model")
                found.setdefault(probe, []).append(view(attention, step))
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, UserError) as error:
            raise UserError(f"{path} is damaged: remove it ({first_line(error)})") from error
    return [Viewed(probe, None, None, views) for probe, views in found.items()]


def final_probes(translator: Translator, probes: list[str]) -> list[Viewed]:
    """The probes as the saved weights translate them, for a run that kept no arrays."""
    texts = [t.text for t in translator.translate(probes, DecodingConfig(beam=1))]
    return [
        Viewed(probe, None, None, [view(translator.align(probe, text))])
        for probe, text in zip(probes, texts, strict=True)
        if fits(translator, probe, text)
    ]


def view_sentences(translator: Translator, sentences: list[Sentence]) -> list[Viewed]:
    """Test sentences with their translations, by the saved weights."""
    if not sentences:
        return []
    attentions = translator.align_texts([(s.src, s.hypothesis) for s in sentences])
    return [
        Viewed(s.src, s.reference, s.chrf, [view(attention)])
        for s, attention in zip(sentences, attentions, strict=True)
    ]


def spread(translator: Translator, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those to look at: of the worst, of the middle and of the best a third each."""
    fitting = [s for s in by_quality(sentences) if fits(translator, s.src, s.hypothesis)]
    if len(fitting) <= TESTED:
        return fitting
    third = TESTED // 3
    middle = (len(fitting) - third) // 2
    return fitting[:third] + fitting[middle : middle + third] + fitting[-third:]


def by_quality(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Worst first, by chrF2; of equals the shorter ones first, so that the last is a feat."""
    return sorted(sentences, key=lambda s: (s.chrf, len(s.src)))


def fits(translator: Translator, src: str, hypothesis: str) -> bool:
    """Whether a pair has pieces on both sides, no more than can be read and drawn."""
    longest = min(LONGEST, translator.model.config.max_length) - 1
    sides = [normalize(text, translator.cleaning) for text in (src, hypothesis)]
    return all(0 < len(ids) <= longest for ids in translator.tokenizer.encode(sides))


def longer_side(shown: View) -> int:
    """Pieces of the longer side."""
    return max(len(shown.src_pieces), len(shown.tgt_pieces))


def size(viewed: Viewed) -> int:
    """About how many bytes of the page it takes."""
    return sum(
        len(view.weights) + BESIDE * (len(view.src_pieces) + len(view.tgt_pieces))
        for view in viewed.views
    )


def thinned(sentences: list[Viewed], room: int) -> tuple[list[Viewed], int]:
    """One of every so many steps, counted from the last, such that all fit in ``room`` bytes.

    Sentences that do not fit even at one step are left out, the last one first.
    """
    for count in range(len(sentences), 0, -1):
        kept = sentences[:count]
        for every in range(1, max(len(s.views) for s in kept) + 1):
            shown = [Viewed(s.src, s.reference, s.chrf, s.views[::-1][::every][::-1]) for s in kept]
            if sum(map(size, shown)) <= room:
                return shown, every
    return [], 1
