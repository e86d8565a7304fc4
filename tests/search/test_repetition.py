"""Loops and copies are found; what French says twice or shares with English is not."""

import pytest

from seq2seq.search.repetition import flag, is_loop, repetitions
from tests.conftest import PAIRS


def by_words(text):
    return [f"▁{word}" for word in text.split()]


def by_letters(text):
    """The finest pieces there are: they make the longest stretches."""
    return list(text.replace(" ", "▁"))


def by_pairs(text):
    text = text.replace(" ", "▁")
    return [text[i : i + 2] for i in range(0, len(text), 2)]


SPLITS = pytest.mark.parametrize("split", [by_words, by_letters, by_pairs])


def flagged(src, tgt, split):
    return flag(split(src), split(tgt))


NATURAL = [
    ("We see each other.", "Nous nous voyons."),
    ("You must see for yourself.", "Vous vous devez de voir par vous-même."),
    ("It's very, very good.", "C'est très très bien."),
    ("It is very very very cold.", "Il fait très très très froid."),
    ("Ha ha ha!", "Ha ha ha !"),
    ("No, no, no and no!", "Non, non, non et non !"),
    ("Ha ha ha ha ha ha!", "Ha ha ha ha ha ha !"),
    ("Ho ho ho ho, Merry Christmas!", "Ho ho ho ho ho, joyeux Noël !"),
    ("More and more.", "De plus en plus."),
    ("Again and again and again.", "Encore et encore et encore."),
    ("Little by little, day by day.", "Petit à petit, jour après jour."),
    ("Well...", "Eh bien..."),
    ("What is it?", "Qu'est-ce que c'est que ça ?"),
    ("A billion euros.", "1 000 000 000 d'euros."),
    ("It costs 1,000,000,000 euros.", "Cela coûte 1 000 000 000 euros."),
    ("la la la la la la la la", "la la la la la la la la"),
    ("He is called Bobo, she is called Mimi.", "Il s'appelle Bobo, elle s'appelle Mimi."),
    ("", ""),
    *PAIRS,
]


@SPLITS
@pytest.mark.parametrize(("src", "tgt"), NATURAL)
def test_what_people_write_is_not_flagged(src, tgt, split):
    assert not is_loop(split(src), split(tgt))


LOOPS = [
    ("I like it.", "Je l'aime " + "et je l'aime " * 8),
    ("The dog sleeps.", "Le " + "chien " * 20),
    ("It is very good.", "C'est " + "très " * 12 + "bien."),
    ("Two men play.", "Deux hommes jouent " + "dans un parc et dans un parc et " * 3),
    ("Ha ha ha!", "Ha " * 30),
]


@SPLITS
@pytest.mark.parametrize(("src", "tgt"), LOOPS)
def test_a_loop_is_flagged(src, tgt, split):
    assert flagged(src, tgt, split) == "repetition"


def test_a_loop_within_a_word_is_flagged():
    assert flagged("It was long.", "C'était long" + "uelong" * 6, by_pairs) == "repetition"


@pytest.mark.parametrize(
    ("pieces", "times"),
    [("", 1), ("a", 1), ("ab", 1), ("aa", 2), ("xaay", 2), ("ababab", 3), ("xababaz", 2),
     ("aabaab", 2), ("abcabcabcab", 3), ("aaaabcbcbc", 4)],
)  # fmt: skip
def test_repetitions_are_counted_for_the_ngram_that_has_most(pieces, times):
    assert repetitions(list(pieces), 1) == times


def test_short_stretches_do_not_count():
    assert repetitions(list("aaaxbcbcbc"), 4) == 3
    assert repetitions(list("aaaxbcbcbc"), 7) == 1


@pytest.mark.parametrize(
    ("src", "tgt"),
    [
        ("The quick dog sleeps in the garden.", "The quick dog sleeps in the garden."),
        ("I don't know what you mean by that.", "I don't know what you mean by cela."),
        ("She said that I should call my sister.", "Elle a dit that I should call my sister."),
        ("Please call my sister tomorrow morning.", "please call my sister tomorrow morning"),
    ],
)
@SPLITS
def test_a_copied_source_is_flagged(src, tgt, split):
    assert flagged(src, tgt, split) == "copy"


@pytest.mark.parametrize(
    ("src", "tgt"),
    [
        *PAIRS,
        ("Paris.", "Paris."),
        ("Restaurant Bar Central, Paris, France", "Restaurant Bar Central, Paris, France"),
        ("John Smith, Mary Jones, Peter Brown", "John Smith, Mary Jones, Peter Brown"),
        ("Taxi!", "Taxi !"),
        ("12 34 56 78 90", "12 34 56 78 90"),
        ("Impossible!", "Impossible !"),
        ("Excellent cuisine, impeccable service, free parking.",
         "Excellente cuisine, service impeccable, parking gratuit."),
        ("A man plays the guitar on stage.", "Un homme joue de la guitare sur scène."),
        ("Six possible solutions.", "Six solutions possibles."),
        ("He said: call me tomorrow!", "Il a dit : appelle-moi demain !"),
        ("They live on Avenue Victor Hugo in Paris.", "Ils vivent avenue Victor Hugo à Paris."),
    ],
)  # fmt: skip
@SPLITS
def test_names_and_words_of_both_languages_are_no_copy(src, tgt, split):
    assert flagged(src, tgt, split) is None
