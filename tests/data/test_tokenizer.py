"""Tokenizer: text survives it unchanged, BPE-dropout is repeatable, files are checked."""

import pytest

from seq2seq.config import TokenizerConfig
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID, Tokenizer
from seq2seq.errors import UserError
from tests.conftest import PAIRS

FRENCH = [
    "Où est l'été\u00a0? À Noël, ça dépend de l’œuvre.",
    "«\u00a0Bœuf\u00a0», dit-il\u202f, «\u202fgarçon\u202f»\u00a0!",
    "Il a 25\u202f000\u00a0€ et 37 œufs.",
    "ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ àâæçéèêëîïôœùûüÿ",
    "\u00a0a\u00a0",
]


@pytest.mark.parametrize("text", [*FRENCH, *(text for pair in PAIRS for text in pair)])
def test_decoding_what_was_encoded_gives_the_text(tokenizer, text):
    (ids,) = tokenizer.encode([text])
    assert UNK_ID not in ids
    assert tokenizer.decode(ids) == text


def test_the_first_four_ids_are_special_and_text_never_makes_them(tokenizer):
    assert (PAD_ID, UNK_ID, BOS_ID, EOS_ID) == (0, 1, 2, 3)
    assert tokenizer.pieces([0, 1, 2, 3]) == ["<pad>", "⁇", "<s>", "</s>"]
    (ids,) = tokenizer.encode(["<s> <pad> </s> a"])
    assert not {PAD_ID, BOS_ID, EOS_ID} & set(ids)


def test_special_ids_leave_no_trace_in_the_text(tokenizer):
    (ids,) = tokenizer.encode(["J'ai faim."])
    assert tokenizer.decode([BOS_ID, *ids, EOS_ID, PAD_ID, PAD_ID]) == "J'ai faim."
    assert tokenizer.decode([]) == ""


def test_unknown_characters_are_one_unknown_id(tokenizer):
    assert tokenizer.encode(["漢"])[0].count(UNK_ID) == 1


def test_pieces_join_to_the_text(tokenizer):
    (ids,) = tokenizer.encode(["Le garçon joue"])
    assert "".join(tokenizer.pieces(ids)).replace("▁", " ").strip() == "Le garçon joue"


SPLIT = [*FRENCH, *(text for pair in PAIRS for text in pair), "na漢字ve 日本 a", "漢", "a  b"]


def drawn(tokenizer, texts, bpe_dropout, seed):
    """Ids of texts that are split by chance."""
    return [tokenizer.ids(p) for p in tokenizer.split(texts, bpe_dropout=bpe_dropout, seed=seed)]


dropouts = pytest.mark.parametrize("bpe_dropout", [0.0, 0.1, 0.5])


@dropouts
def test_the_pieces_of_a_split_join_to_the_text_unknown_characters_too(tokenizer, bpe_dropout):
    split = tokenizer.split(SPLIT, bpe_dropout=bpe_dropout, seed=3)
    for text, pieces in zip(SPLIT, split, strict=True):
        assert "".join(pieces).replace("▁", " ") == f" {text}"


def test_a_split_has_the_ids_of_encode_piece_by_piece(tokenizer):
    pieces, ids = tokenizer.split(SPLIT), tokenizer.encode(SPLIT)
    assert [tokenizer.ids(sentence) for sentence in pieces] == ids
    for sentence, of_sentence in zip(pieces, ids, strict=True):
        for piece, shown in zip(sentence, tokenizer.pieces(of_sentence), strict=True):
            assert piece == shown or shown == "⁇"


def test_an_unknown_id_is_shown_as_decoding_writes_it(tokenizer):
    (ids,) = tokenizer.encode(["a漢b"])
    assert tokenizer.pieces(ids).count("⁇") == 1
    assert "⁇" in tokenizer.decode(ids)
    assert "漢" in "".join(tokenizer.split(["a漢b"])[0])


def test_bpe_dropout_is_repeatable_and_depends_on_the_seed(tokenizer):
    texts = [text for pair in PAIRS for text in pair]
    texts = texts * 50  # enough that threads would share the work
    first = drawn(tokenizer, texts, 0.3, 7)
    for _ in range(10):
        drawn(tokenizer, ["something else"], 0.3, 1)
        assert drawn(tokenizer, texts, 0.3, 7) == first
    assert drawn(tokenizer, texts, 0.3, 8) != first
    assert first != tokenizer.encode(texts)


def test_sampled_subwords_decode_to_the_same_text(tokenizer):
    texts = [*FRENCH, *(text for pair in PAIRS for text in pair)]
    for seed in range(5):
        found = drawn(tokenizer, texts, 0.5, seed)
        assert [tokenizer.decode(ids) for ids in found] == texts


def test_the_vocabulary_has_the_size_asked_for(tokenizer):
    assert len(tokenizer) == 120


def test_a_small_corpus_gets_the_pieces_it_can_fill_and_says_so(capsys):
    tokenizer = Tokenizer.train(PAIRS[0], TokenizerConfig(vocab_size=4000))
    assert 64 < len(tokenizer) < 4000
    message = capsys.readouterr().out
    assert f"{len(tokenizer)} pieces instead of 4000" in message
    assert "tokenizer.vocab_size" in message


def test_a_vocabulary_too_small_for_the_letters_is_refused_in_one_line():
    texts = [text for pair in PAIRS for text in pair]
    with pytest.raises(UserError, match=r"tokenizer\.vocab_size") as raised:
        Tokenizer.train(texts, TokenizerConfig(vocab_size=64))
    assert "\n" not in str(raised.value)


def test_training_is_repeatable(tokenizer):
    texts = [text for pair in PAIRS for text in pair]
    assert Tokenizer.train(texts, TokenizerConfig(vocab_size=120)).model == tokenizer.model


def test_a_saved_tokenizer_is_the_same(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.model")
    loaded = Tokenizer.load(tmp_path / "tokenizer.model")
    assert loaded.encode(FRENCH) == tokenizer.encode(FRENCH)


def test_an_absent_or_damaged_file_is_refused_in_one_line(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.model"
    with pytest.raises(UserError, match="no tokenizer at"):
        Tokenizer.load(path)
    for content in (b"", b"not a model", tokenizer.model[:100], tokenizer.model[:-7]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged") as raised:
            Tokenizer.load(path)
        assert "\n" not in str(raised.value)
