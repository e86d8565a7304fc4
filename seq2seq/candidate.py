"""A hypothesis of any engine as a candidate: text, pieces, and what its form shows."""

from __future__ import annotations

from seq2seq.data.tokenizer import Tokenizer
from seq2seq.search.hypothesis import Hypothesis
from seq2seq.search.repetition import flag
from seq2seq.translation import Candidate


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
