"""A hypothesis of any engine as a candidate: text, pieces, and what its form shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seq2seq.alignment.weights import AligningHead, CrossAttention, align_words
from seq2seq.data.tokenizer import Tokenizer
from seq2seq.search.hypothesis import Hypothesis
from seq2seq.search.repetition import flag
from seq2seq.translation import Candidate

END = "</s>"


def as_candidate(tokenizer: Tokenizer, src_ids: list[int], found: Hypothesis) -> Candidate:
    """What ``found`` says, as a translation of ``src_ids`` (both without special ids)."""
    src_pieces, pieces = tokenizer.pieces(src_ids), tokenizer.pieces(found.ids)
    return Candidate(
        tokenizer.decode(found.ids),
        found.ids,
        pieces,
        found.score,
        found.log_probability,
        found.finished,
        flag(src_pieces, pieces),
    )


def linked(
    candidates: Sequence[Candidate],
    src_pieces: Sequence[str],
    weights: Iterator[NDArray[np.float32]],
    heads: Sequence[AligningHead],
) -> list[Candidate]:
    """The candidates of one sentence, their words linked to those of the source.

    Args:
        candidates: Translations of one text.
        src_pieces: Of the text as it is, its unknown characters too, without ``</s>``.
        weights: (L, H, T + 1, S + 1) for each candidate, in turn.
        heads: Which of these heads align.
    """
    found = []
    for candidate in candidates:
        sides = [*src_pieces, END], [*candidate.pieces, END]
        attention = CrossAttention(*sides, next(weights))
        found.append(replace(candidate, alignment=align_words(attention, heads)))
    return found
