import numpy as np
import pytest

from seq2seq.alignment.words import join, piece_texts, shares, words
from seq2seq.data.gold import read_gold
from seq2seq.errors import UserError
from tests.conftest import REPOSITORY

STARTER = REPOSITORY / "data" / "starter"
PARTS = ["test", "validation"]


def raw_pairs(part):
    lines = (STARTER / f"{part}.tsv").read_text("utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know, it's John's.", "I don't know , it's John's ."),
        ("L'ami d'Anne\u00a0: «\u00a0J'y vais\u00a0!\u00a0»", "L' ami d' Anne : « J' y vais ! »"),
        ("Comment allez-vous\u00a0?", "Comment allez-vous ?"),
        ("Aujourd'hui, quelqu'un l'a-t-il vu\u00a0?", "Aujourd'hui , quelqu'un l' a-t-il vu ?"),
        ("Qu'est-ce que c'est\u00a0?", "Qu' est-ce que c' est ?"),
        ("Jusqu'à 10:30, ça coûte 3,50 €.", "Jusqu' à 10:30 , ça coûte 3,50 € ."),
        ("On July 14th, 1,200.50 or 7.", "On July 14th , 1,200.50 or 7 ."),
        ("Le 1er mai, un 20-heures.", "Le 1er mai , un 20-heures ."),
        ("It's five o'clock (already)...", "It's five o'clock ( already ) . . ."),
        ("S'il te plaît, rends-la-moi\u202f!", "S' il te plaît , rends-la-moi !"),
        ('My parents\' house: "no".', 'My parents \' house : " no " .'),
        ("", ""),
    ],
)
def test_words_split_elisions_and_punctuation_and_keep_contractions(text, expected):
    assert words(text) == expected.split()


def test_words_lose_nothing_but_spaces():
    text = "« L'été », dit-il ; 3,5 % d'œufs (n° 2) !"
    assert "".join(words(text)) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("tokens", "french", "text"),
    [
        ("I don't know , it's John 's .", False, "I don't know, it's John's."),
        ("Really ? Yes : ( no ) !", False, "Really? Yes: (no)!"),
        ("He said \" no \" and \" yes \" .", False, 'He said "no" and "yes".'),
        ("A lone \" stays .", False, 'A lone " stays.'),
        ("My parents ' house .", False, "My parents' house."),
        ("L' ami d' Anne : « J' y vais ! »", True,
         "L'ami d'Anne\u00a0: «\u00a0J'y vais\u00a0!\u00a0»"),
        ("Qu' est-ce que c' est ?", True, "Qu'est-ce que c'est\u00a0?"),
        ("Jusqu' à 10:30 , [ ça ] va ...", True, "Jusqu'à 10:30, [ça] va..."),
        ("", True, ""),
    ],
)  # fmt: skip
def test_join_writes_the_spaces_of_each_language(tokens, french, text):
    assert join(tokens.split(), french=french) == text


def test_join_undoes_words_for_nearly_every_sentence_of_the_starter_corpus():
    texts = [(text, side) for part in PARTS for pair in raw_pairs(part)
             for side, text in enumerate(pair)]  # fmt: skip
    lost = [text for text, side in texts if join(words(text), french=bool(side)) != text]
    assert len(lost) <= 0.002 * len(texts), lost


@pytest.mark.parametrize("part", PARTS)
def test_join_gives_the_raw_text_of_every_gold_pair_of_the_starter_corpus(part):
    gold = read_gold(str(STARTER / "alignments" / part))
    assert {(pair.src, pair.tgt) for pair in gold} <= set(raw_pairs(part))
    for pair in gold:
        assert (words(pair.src), words(pair.tgt)) == (pair.src_words, pair.tgt_words)


def test_each_piece_belongs_to_its_word_and_rows_sum_to_1(tokenizer):
    text = "L'ami d'Anne\u00a0: «\u00a0J'y vais\u00a0!\u00a0»"
    texts = piece_texts(tokenizer.split([text])[0])
    assert "".join(texts).strip() == text
    table = shares(texts, words(text))
    assert table.shape == (len(texts), len(words(text)))
    assert table.dtype == np.float32
    np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-6)
    assert np.all(table.sum(axis=0) > 0)
    assert np.all(np.diff(table.argmax(axis=1)) >= 0)  # both are in the order of the text


@pytest.mark.parametrize(
    ("pieces", "tokens", "expected"),
    [
        # a word of several pieces
        (["Bon", "jour"], ["Bonjour"], [[1], [1]]),
        # a piece of two words, and of three
        (["l", "'am", "i"], ["l'", "ami"], [[1, 0], [1 / 3, 2 / 3], [0, 1]]),
        (["a.b"], ["a", ".", "b"], [[1 / 3, 1 / 3, 1 / 3]]),
        # spaces only: at the start, in the middle, and at the end
        ([" ", "a", "\u00a0", "!"], ["a", "!"], [[1, 0], [1, 0], [0, 1], [0, 1]]),
        (["a", " b ", "\u202f "], ["a", "b"], [[1, 0], [0, 1], [0, 1]]),
        # the caller's own words, spaces in them
        (["ice", " cre", "am"], ["ice cream"], [[1], [1], [1]]),
        (["can't"], ["can", "'t"], [[3 / 5, 2 / 5]]),
    ],
)
def test_shares_of_pieces_by_hand(pieces, tokens, expected):
    np.testing.assert_allclose(shares(pieces, tokens), expected, rtol=1e-6)


def test_nothing_has_no_shares():
    assert shares([], []).shape == (0, 0)
    assert shares([" "], []).shape == (1, 0)


@pytest.mark.parametrize(
    "tokens", [["Hello"], ["Hello", "you", "!"], ["hello", "you"], ["you", "Hello"], [],
               ["Hello", "", "you"], ["Hello", " ", "you"]],
)  # fmt: skip
def test_words_of_another_text_and_empty_words_are_refused(tokens):
    with pytest.raises(UserError, match="these words are not those of the text") as error:
        shares(["Hel", "lo", " you"], tokens)
    assert "\n" not in str(error.value)
