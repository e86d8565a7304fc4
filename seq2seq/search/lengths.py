"""How long a translation may be, and what its length is worth: the same for every engine."""

from __future__ import annotations

from functools import partial

from seq2seq.config import DecodingConfig, LengthPenalty
from seq2seq.errors import UserError
from seq2seq.search.hypothesis import Penalty, length_normalization, length_penalty

FORMULAS = {
    LengthPenalty.gnmt: length_penalty,
    LengthPenalty.length: length_normalization,
}


def penalty_of(options: DecodingConfig) -> Penalty:
    """The length penalty that is asked for."""
    return partial(FORMULAS[options.penalty], alpha=options.length_penalty)


def limit(src_length: int, prefix_length: int, options: DecodingConfig, room: int) -> int:
    """Most ids of a translation, ``</s>`` included: it depends on its own sentence alone.

    ``room`` is one less than the model can write: even a translation that is cut here can be read
    back after ``<s>``, to be aligned.

    Raises:
        UserError: It is less than what the options demand.
    """
    usual = max(2 * src_length, prefix_length, options.min_length) + 10
    most = min(options.max_length or usual, room)
    if options.min_length > most:
        raise UserError(f"min length is {options.min_length}, the model writes at most {most}")
    if prefix_length >= most:
        raise UserError(
            f"a forced beginning of {prefix_length} tokens leaves no room: "
            f"a translation has at most {most}, its end included"
        )
    return most
