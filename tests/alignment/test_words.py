import pytest

from seq2seq.alignment.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know, it's John's.", "I don't know , it's John's ."),
        ("L'ami d'Anne\u00a0: «\u00a0J'y vais\u00a0!\u00a0»", "L' ami d' Anne : « J' y vais ! »"),
        ("Comment allez-vous\u00a0?", "Comment allez-vous ?"),
        ("Aujourd'hui, quelqu'un l'a-t-il vu\u00a0?", "Aujourd'hui , quelqu'un l' a-t-il vu ?"),
        ("Qu'est-ce que c'est\u00a0?", "Qu' est-ce que c' est ?"),
        ("Jusqu'à 10:30, ça coûte 3,50 €.", "Jusqu' à 10:30 , ça coûte 3,50 € ."),
        ("It's five o'clock (already)...", "It's five o'clock ( already ) . . ."),
        ("S'il te plaît, rends-la-moi\u202f!", "S' il te plaît , rends-la-moi !"),
        ("", ""),
    ],
)
def test_words_split_elisions_and_punctuation_and_keep_contractions(text, expected):
    assert words(text) == expected.split()


def test_words_lose_nothing_but_spaces():
    text = "« L'été », dit-il ; 3,5 % d'œufs (n° 2) !"
    assert "".join(words(text)) == text.replace(" ", "")
