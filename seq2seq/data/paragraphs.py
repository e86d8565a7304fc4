"""Paragraphs: split into sentences, and put together again as they were laid out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seq2seq.errors import UserError


@dataclass(frozen=True)
class Paragraph:
    """The sentences of a text, and the space around them.

    Attributes:
        sentences: Without space at their ends.
        spaces: What stands before the first, between two, and after the last: one more.
    """

    sentences: list[str]
    spaces: list[str]

    @classmethod
    def split(cls, text: str, language: str) -> Paragraph:
        """Find the sentences of a text in ``language`` (``en`` or ``fr``); it may have none.

        Raises:
            UserError: The library that knows sentences is not installed.
        """
        try:
            from sentencex import segment
        except ImportError as error:
            raise UserError("splitting needs sentencex: pip install sentencex") from error
        sentences, spaces, start = [], [""], 0
        plain = re.sub(r"\s", " ", text)  # sentencex 1.0 breaks off at rare spaces after initials
        for part in segment(language, plain):
            written = text[start : start + len(part)]
            start += len(part)
            sentence = written.strip()
            before, _, after = written.partition(sentence) if sentence else (written, "", "")
            spaces[-1] += before
            if sentence:
                sentences.append(sentence)
                spaces.append(after)
        return cls(sentences, spaces)

    def join(self, sentences: list[str]) -> str:
        """As many other sentences in the place of these."""
        pairs = zip(sentences, self.spaces[1:], strict=True)
        return self.spaces[0] + "".join(sentence + space for sentence, space in pairs)
