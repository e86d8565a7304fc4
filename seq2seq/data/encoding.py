"""Raw texts to ids, as every engine reads them."""

from __future__ import annotations

from seq2seq.config import CleaningConfig
from seq2seq.data.cleaning import normalize
from seq2seq.data.tokenizer import Tokenizer
from seq2seq.errors import UserError


def encode_texts(
    texts: list[str],
    tokenizer: Tokenizer,
    cleaning: CleaningConfig,
    model_length: int,
    *,
    first: int = 1,
) -> list[list[int]]:
    """Ids of raw texts, without ``<s>`` and ``</s>``.

    Args:
        texts: Sentences.
        tokenizer: The one that the model was trained with.
        cleaning: How the text that it was trained on was normalised.
        model_length: Most ids that the model can read, ``</s>`` included.
        first: Number of the first text in errors.

    Raises:
        UserError: A text is longer than the model can read, or not Unicode.
    """
    for number, text in enumerate(texts, first):
        if any("\ud800" <= character <= "\udfff" for character in text):  # undecoded bytes
            raise UserError(f"sentence {number} is not UTF-8: convert it first")
    ids = tokenizer.encode([normalize(text, cleaning) for text in texts])
    for number, sentence in enumerate(ids, first):
        if len(sentence) >= model_length:
            raise UserError(
                f"sentence {number} has {len(sentence)} tokens, the model reads at most "
                f"{model_length - 1}: split it"
            )
    return ids
