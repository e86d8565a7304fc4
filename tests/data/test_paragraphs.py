import random
import sys

import pytest

from seq2seq.data.paragraphs import Paragraph
from seq2seq.errors import UserError


def test_sentences_are_found_in_both_languages():
    text = 'Hello, Mr. Smith. How are you? It costs $3.50! He said "Stop." Fine.'
    assert Paragraph.split(text, "en").sentences == [
        "Hello, Mr. Smith.", "How are you?", "It costs $3.50!", 'He said "Stop."', "Fine.",
    ]  # fmt: skip
    text = "Où est la gare\u00a0? Là-bas, M. Martin. «\u00a0Merci. Au revoir.\u00a0» Il part."
    found = Paragraph.split(text, "fr").sentences
    assert found[0] == "Où est la gare\u00a0?"
    assert found[-1] == "Il part."


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("   \t ", []),
        ("Hi.", ["Hi."]),
        ("  - Hi.  How are you?\t", ["- Hi.", "How are you?"]),
        ("\u00a0\u2003Hi.\u00a0 Bye.\u3000", ["Hi.", "Bye."]),
        ("No end", ["No end"]),
    ],
)
def test_space_belongs_to_the_layout_and_nothing_is_lost(text, sentences):
    paragraph = Paragraph.split(text, "en")
    assert paragraph.sentences == sentences
    assert len(paragraph.spaces) == len(sentences) + 1
    assert paragraph.join(sentences) == text


def test_other_sentences_take_their_places():
    paragraph = Paragraph.split("  One two.   Three!\t Four ", "en")
    assert (
        paragraph.join(["Un deux.", "Trois\u00a0!", "Quatre"])
        == "  Un deux.   Trois\u00a0!\t Quatre "
    )
    with pytest.raises(ValueError, match="zip"):
        paragraph.join(["Un deux."])


def test_any_text_survives_splitting_and_joining():
    rng = random.Random(0)
    letters = "ab .!?\n\t\r\"'()«»“”…é😀\u00a0\u202f\u2028\u200b\x0b\x1cABDrJ。;:-É "
    for _ in range(3000):
        text = "".join(rng.choices(letters, k=rng.randint(0, 40)))
        for language in ("en", "fr"):
            paragraph = Paragraph.split(text, language)
            assert paragraph.join(paragraph.sentences) == text
            assert all(s and s == s.strip() for s in paragraph.sentences)
            assert all(not space.strip() for space in paragraph.spaces)


def test_without_the_library_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencex", None)
    with pytest.raises(UserError, match="pip install sentencex"):
        Paragraph.split("Hi.", "en")
