"""Subword tokenizer: one SentencePiece BPE vocabulary for both languages.

Text is normalised by ``cleaning.normalize`` and by nothing else (SentencePiece's own rule is
``identity``: its default would turn no-break spaces, ligatures and ellipses into something else),
so ``decode(encode(text)) == text`` for every character the vocabulary knows.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

import sentencepiece

from seq2seq.config import TokenizerConfig
from seq2seq.data.segmenter import Segmenter
from seq2seq.errors import UserError

PAD_ID, UNK_ID, BOS_ID, EOS_ID = range(4)
UNKNOWN = "⁇"  # what SentencePiece writes for <unk>
FRENCH_CHARACTERS = "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ«»’'.,;:!?-\u00a0\u202f€0123456789"


class Tokenizer:
    """Text to ids and back, with ``<pad> <unk> <s> </s>`` as ids 0 to 3."""

    def __init__(self, model: bytes) -> None:
        """Open a serialized SentencePiece model.

        Raises:
            UserError: ``model`` is not one.
        """
        self.model = model
        self._pieces = sentencepiece.SentencePieceProcessor(num_threads=1)  # more are slower
        try:
            self._pieces.LoadFromSerializedProto(model)
        except RuntimeError as error:
            raise UserError("the tokenizer's file is damaged: train or copy it anew") from error
        pieces = enumerate(self.pieces(list(range(len(self)))))
        self.segment = Segmenter({piece: i for i, piece in pieces if i > EOS_ID})

    def __reduce__(self) -> tuple[type[Tokenizer], tuple[bytes]]:
        """What another process needs to open the same."""
        return type(self), (self.model,)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read ``tokenizer.model`` of a run or a prepared corpus."""
        if not path.is_file():
            raise UserError(f"no tokenizer at {path}: is this folder complete?")
        return cls(path.read_bytes())

    @classmethod
    def train(cls, texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
        """Learn the pieces from ``texts`` of both languages (Sennrich et al. 2016).

        A corpus too small for ``config.vocab_size`` pieces gets as many as it can fill.

        Raises:
            UserError: The texts have more characters than ``config.vocab_size`` allows.
        """
        lines = list(texts)
        try:
            return cls(_train(lines, config.vocab_size))
        except RuntimeError as error:
            characters = re.search(r"smaller than required_chars\. \d+ vs (\d+)", str(error))
            if characters is not None:
                raise UserError(
                    f"the texts have {characters.group(1)} characters, special pieces included: "
                    "tokenizer.vocab_size must be at least that"
                ) from error
            limit = re.search(r"value <= (\d+)", str(error))
            if limit is None:
                raise UserError(f"SentencePiece could not learn a vocabulary: {error}") from error
            size = int(limit.group(1))
        print(
            f"vocabulary: {size} pieces instead of {config.vocab_size}: "
            "the corpus has no more (tokenizer.vocab_size)"
        )
        return cls(_train(lines, size))

    def save(self, path: Path) -> None:
        """Write the model to ``path``."""
        path.write_bytes(self.model)

    def __len__(self) -> int:
        """Size of the vocabulary V."""
        return int(self._pieces.get_piece_size())

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Ids of each normalised text, without ``<s>`` and ``</s>``."""
        ids: list[list[int]] = self._pieces.encode(texts)
        return ids

    def split(
        self, texts: list[str], *, bpe_dropout: float = 0.0, seed: int | str = 0
    ) -> list[list[str]]:
        """``encode``, but as pieces: word starts marked with ``▁``, unknown characters as they are.

        The pieces of a text, one after the other, are the text.

        Args:
            texts: Normalised sentences.
            bpe_dropout: Probability of passing over a merge (Provilkov et al. 2020).
            seed: Makes that repeatable, whatever was drawn before.
        """
        random = Random(seed)
        return [list(self.segment(text, bpe_dropout, random)) for text in texts]

    def ids(self, pieces: list[str]) -> list[int]:
        """The id of each piece, ``<unk>`` for what is none."""
        ids: list[int] = self._pieces.piece_to_id(pieces)
        return ids

    def decode(self, ids: list[int]) -> str:
        """Text of ``ids``; special ids are left out."""
        text: str = self._pieces.decode([i for i in ids if i not in (PAD_ID, BOS_ID, EOS_ID)])
        return text

    def vocabulary(self) -> list[str]:
        """The V pieces in the order of their ids, the special ones by their names."""
        return [self._pieces.id_to_piece(i) for i in range(len(self))]

    def pieces(self, ids: list[int]) -> list[str]:
        """The piece of each id, word starts marked with ``▁``; ``decode`` joins the same."""
        return [UNKNOWN if i == UNK_ID else self._pieces.id_to_piece(i) for i in ids]


def _train(lines: list[str], vocab_size: int) -> bytes:
    """Train one SentencePiece model and return it serialized."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type="bpe",
        vocab_size=vocab_size,
        character_coverage=1.0 if len(lines) < 100_000 else 0.9999,
        required_chars=FRENCH_CHARACTERS,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        pad_id=PAD_ID,
        unk_id=UNK_ID,
        bos_id=BOS_ID,
        eos_id=EOS_ID,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()
