from random import Random

import pytest

from seq2seq.data.segmenter import SPACE, Segmenter
from tests.conftest import PAIRS

MERGED = ["ab", "abc", "bc", f"{SPACE}a", "cd"]
RANKS = {piece: rank for rank, piece in enumerate([*MERGED, SPACE, *"abcdx"])}


def pieces(text, dropout=0.0, seed=0, ranks=RANKS):
    return list(Segmenter(ranks)(text, dropout, Random(seed)))


def test_merges_are_made_in_the_order_they_were_learned():
    assert pieces("abcd") == [SPACE, "abc", "d"]
    assert pieces("xbcd a") == [SPACE, "x", "bc", "d", f"{SPACE}a"]


def test_full_dropout_leaves_characters_and_every_draw_keeps_the_text():
    assert pieces("abc ab", dropout=0.999999) == [*f"{SPACE}abc", *f"{SPACE}ab"]
    drawn = {tuple(pieces("abcd abc", dropout=0.5, seed=seed)) for seed in range(50)}
    assert len(drawn) > 3
    assert {"".join(d) for d in drawn} == {f"{SPACE}abcd{SPACE}abc"}


def test_a_seed_repeats_its_draws():
    assert pieces("abcd " * 9, 0.5, seed=1) == pieces("abcd " * 9, 0.5, seed=1)
    assert pieces("abcd " * 9, 0.5, seed=1) != pieces("abcd " * 9, 0.5, seed=2)


@pytest.mark.parametrize("text", [text for pair in PAIRS for text in pair])
def test_without_dropout_it_is_sentencepiece(tokenizer, text):
    ids = tokenizer.encode([text])[0]
    assert pieces(text, ranks=tokenizer.segment.ranks) == tokenizer.pieces(ids)


def test_neighbouring_unknown_characters_are_one_piece_as_in_sentencepiece(tokenizer):
    for text in ("na漢字ve 日本 a", "漢", "漢字 日", ""):
        expected = tokenizer._pieces.encode(text, out_type=str)
        assert pieces(text, ranks=tokenizer.segment.ranks) == expected
