"""Gold links: read, turned round, and checked."""

import pytest

from seq2seq.data.gold import GoldPair, read_gold
from seq2seq.errors import UserError
from tests.conftest import REPOSITORY

STARTER = REPOSITORY / "data" / "starter" / "alignments"
TEXTS = "The cats sleep . ||| Les chats dorment .\nIs he here ? ||| Est-il là ?\n"
LINKS = "0-0 1-1 2-2 3-3\n0-0 1-0 1p1 2-1 3-2\n"


@pytest.fixture
def write(tmp_path):
    """Write both files; gives their prefix."""

    def files(texts=TEXTS, links=LINKS):
        (tmp_path / "g.src-tgt").write_text(texts, "utf-8")
        (tmp_path / "g.gold").write_text(links, "utf-8")
        return str(tmp_path / "g")

    return files


def refusal(*arguments, **options):
    with pytest.raises(UserError) as error:
        read_gold(*arguments, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_texts_words_and_links_are_read(write):
    first, second = read_gold(write())
    assert first.src_words == ["The", "cats", "sleep", "."]
    assert first.tgt_words == ["Les", "chats", "dorment", "."]
    assert (first.src, first.tgt) == ("The cats sleep.", "Les chats dorment.")
    assert first.links.sure == first.links.possible == {(i, i) for i in range(4)}
    assert (second.src, second.tgt) == ("Is he here?", "Est-il là\u00a0?")
    assert second.links.sure == {(0, 0), (1, 0), (2, 1), (3, 2)}
    assert second.links.possible == second.links.sure | {(1, 1)}


def test_words_are_normalised_as_the_texts_are(write):
    (pair,) = read_gold(write("cafe\u0301 ||| cafe\u0301\u200b\n", "0-0\n"))
    assert (pair.src_words, pair.tgt_words) == (["café"], ["café"])


def test_a_pair_without_links_stays_in_its_place(write):
    assert [len(pair.links.possible) for pair in read_gold(write(links="\n0-0\n"))] == [0, 1]


def test_reversing_exchanges_the_sides_and_twice_is_the_same(write):
    for pair in read_gold(write()):
        turned = pair.reversed()
        assert isinstance(turned, GoldPair)
        assert (turned.src, turned.tgt) == (pair.tgt, pair.src)
        assert (turned.src_words, turned.tgt_words) == (pair.tgt_words, pair.src_words)
        assert turned.links.sure == {(t, s) for s, t in pair.links.sure}
        assert turned.links.possible == {(t, s) for s, t in pair.links.possible}
        assert turned.reversed() == pair


def test_mistakes_are_said_with_file_and_line(write, tmp_path):
    assert "cannot read" in refusal(str(tmp_path / "absent"))
    assert "line for a line: see line 2" in refusal(write(links="0-0\n"))
    assert "line for a line: see line 3" in refusal(write(links=LINKS + "0-0\n"))
    assert "g.src-tgt line 2 is not" in refusal(write(texts="a ||| b\na b\n", links="0-0\n0-0\n"))
    assert "g.src-tgt line 1 is not" in refusal(write(texts="a ||| b ||| c\n", links="0-0\n"))
    assert "g.gold line 2: '0+0' is not a link" in refusal(write(links="0-0\n0+0\n"))


@pytest.mark.parametrize("link", ["4-0", "0-4", "0p4", "9p9"])
def test_a_link_to_no_word_is_refused(write, link):
    assert "g.gold line 1 links a word" in refusal(write(links=f"0-0 {link}\n0-0\n"))


@pytest.mark.parametrize(("texts", "links"), [("", ""), (TEXTS, "0p0\n\n")])
def test_gold_without_a_sure_link_can_measure_nothing(write, texts, links):
    assert "no sure link" in refusal(write(texts, links))


@pytest.mark.parametrize("part", ["test", "validation"])
def test_the_gold_links_that_ship_are_read(part):
    pairs = read_gold(str(STARTER / part))
    assert len(pairs) >= 100
    for pair in pairs:
        assert pair.links.sure
        assert pair.links.sure <= pair.links.possible
