"""The words that alignments link, and which pieces they are made of."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from seq2seq.errors import UserError

ELISION = r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’]"
WORD = re.compile(
    rf"{ELISION}(?=\w)"  # l' ami
    r"|\w+(?:(?:['’-]|(?<=\d)[.,:](?=\d))\w+)*"  # don't, allez-vous, aujourd'hui, 3.50, 14th
    r"|[^\w\s]",
    re.IGNORECASE,
)
NO_SPACE_BEFORE = re.compile(r" (?=[.,)\]…%]|'s\b)")
NO_SPACE_AFTER = re.compile(rf"((?:^|(?<=\s)){ELISION}|[(\[]) ", re.IGNORECASE)
QUOTED = re.compile(r'" ([^"]*) "')
GENITIVE = re.compile(r"(?<=s) (?='(?: |$))")  # my parents' house
HIGH = re.compile(r" (?=[?!:;])")  # French sets these apart, English does not
NO_BREAK_SPACE = "\u00a0"


def words(text: str) -> list[str]:
    """Split text into the words that alignments link, in English and French alike.

    Words end at spaces, punctuation stands apart, and French elisions are split after the
    apostrophe (``l'`` ``ami``); English contractions and hyphenated words stay whole.
    """
    return WORD.findall(text)


def join(tokens: list[str], *, french: bool) -> str:
    """Text with the spaces of ordinary writing, from words that stand apart.

    Undoes ``words`` but for what it cannot know, such as spaces between marks and around dots.
    """
    text = QUOTED.sub(r'"\1"', " ".join(tokens))
    text = NO_SPACE_BEFORE.sub("", NO_SPACE_AFTER.sub(r"\1", text))
    if french:
        text = text.replace("« ", f"«{NO_BREAK_SPACE}").replace(" »", f"{NO_BREAK_SPACE}»")
    else:
        text = GENITIVE.sub("", text)
    return HIGH.sub(NO_BREAK_SPACE if french else "", text)


def piece_texts(pieces: list[str]) -> list[str]:
    """What pieces stand for: ``▁`` marks a space."""
    return [piece.replace("▁", " ") for piece in pieces]


def shares(texts: list[str], tokens: list[str]) -> NDArray[np.float32]:
    """How much of every piece belongs to every word, counted in characters.

    A piece rarely reaches over two words; where it does (``'am`` in ``l'`` ``ami``), it is shared.
    A piece of nothing but space belongs to the word that follows it.

    Args:
        texts: Texts of P pieces, one after the other.
        tokens: W words of the same text; spaces are of no account on either side.

    Returns:
        (P, W) shares; each row sums to 1.

    Raises:
        UserError: Pieces and words are not of the same text, or a word is empty.
    """
    letters, spelled = (["".join(text.split()) for text in side] for side in (texts, tokens))
    if "".join(letters) != "".join(spelled) or not all(spelled):
        raise UserError(f"these words are not those of the text: {' '.join(tokens)[:60]!r}")
    if not tokens:
        return np.zeros((len(texts), 0), np.float32)
    lengths = [len(piece) for piece in letters]
    piece = np.repeat(np.arange(len(texts)), lengths)
    owner = np.repeat(np.arange(len(tokens)), [len(token) for token in spelled])
    table = np.zeros((len(texts), len(tokens)), np.float32)
    np.add.at(table, (piece, owner), (1 / np.array(lengths)[piece]).astype(np.float32))
    for number, length in enumerate(lengths):
        if not length:
            table[number, owner[min(sum(lengths[:number]), len(owner) - 1)]] = 1
    return table
