import pytest

from seq2seq.config import CleaningConfig
from seq2seq.data.encoding import encode_texts
from seq2seq.errors import UserError


def test_texts_are_normalised_and_encoded(tokenizer):
    ids = encode_texts(["I am  hungry.", " "], tokenizer, CleaningConfig(), 64)
    assert ids == tokenizer.encode(["I am hungry.", ""])


def test_a_text_may_fill_the_model_with_its_end_and_no_more(tokenizer):
    texts = ["I am hungry."]
    length = len(tokenizer.encode(texts)[0])
    assert encode_texts(texts, tokenizer, CleaningConfig(), length + 1)
    with pytest.raises(UserError, match=rf"^sentence 5 has {length} tokens, .* {length - 1}:"):
        encode_texts(texts, tokenizer, CleaningConfig(), length, first=5)


def test_bytes_that_were_not_decoded_are_refused(tokenizer):
    with pytest.raises(UserError, match=r"^sentence 2 is not UTF-8"):
        encode_texts(["fine", "caf\udce9"], tokenizer, CleaningConfig(), 64)
