"""Links between words become lessons for pieces, whatever the segmentation."""

import stat

import numpy as np
import pytest
from datasets import Dataset

from seq2seq.alignment.links import from_pharaoh
from seq2seq.alignment.words import piece_texts, words
from seq2seq.config import DataConfig
from seq2seq.data import guide
from seq2seq.data.guide import Guide, read_guide, spread
from seq2seq.errors import UserError
from tests.conftest import PAIRS

SRC, TGT = PAIRS[4]  # My sister eats an egg. Ma sœur mange un œuf.
LINKS = from_pharaoh("0-0 1-1 2-2 3-3 4-4 5-5")[0]


def pairs(*rows):
    """Training pairs as a prepared corpus holds them."""
    src, tgt = zip(*rows, strict=True)
    return Dataset.from_dict({"src": src, "tgt": tgt})


def config(folder, **options):
    """A corpus of which only the folder matters."""
    defaults = {"name": "x", "root": str(folder), "train": ["x.tsv"], "links": ["links.tsv"]}
    return DataConfig(**{**defaults, **options})


@pytest.mark.parametrize(("bpe_dropout", "seed"), [(0.0, 0), (0.5, 1), (0.9, 2)])
def test_pieces_of_linked_words_are_linked_in_every_segmentation(tokenizer, bpe_dropout, seed):
    src, tgt = tokenizer.split([SRC, TGT], bpe_dropout=bpe_dropout, seed=seed)
    lesson = spread(LINKS, src, tgt)
    np.testing.assert_allclose(lesson.sum(axis=1), 1, atol=1e-6)
    src_word, tgt_word = (word_of_pieces(side) for side in (src, tgt))
    for t, s in np.argwhere(lesson > 0):
        assert (src_word[s], tgt_word[t]) in LINKS


def word_of_pieces(pieces):
    """The number of the word of every piece (none here reaches over two words)."""
    numbers, read = [], 0
    ends = np.cumsum([len(word) for word in words("".join(piece_texts(pieces)))])
    for piece in piece_texts(pieces):
        last = read + max(len(piece.strip()), 1)  # a mere space belongs to what follows
        numbers.append(int(np.searchsorted(ends, last)))
        read += len(piece.strip())
    return numbers


def test_a_word_of_two_links_looks_at_both_and_one_of_none_at_nothing():
    lesson = spread(frozenset({(0, 0), (1, 0)}), ["▁a", "▁b"], ["▁c", "▁d"])
    np.testing.assert_array_equal(lesson, [[0.5, 0.5], [0, 0]])


def test_a_pair_without_links_has_no_lesson():
    guide = Guide([None, frozenset({(1, 0)})])
    assert guide.lesson(0, ["▁a"], ["▁c"]) is None
    assert guide.lesson(1, ["▁a", "▁b"], ["▁c"]).tolist() == [[0, 1]]


def test_links_of_words_that_were_cut_off_are_left_out():
    assert spread(frozenset({(0, 0), (5, 5)}), ["▁a"], ["▁b"]).tolist() == [[1.0]]


def test_tables_are_looked_up_by_text(tmp_path):
    (tmp_path / "links.tsv").write_text(f"{SRC}\t{TGT}\t0-0 1p1\nother\tautre\t0-0\n", "utf-8")
    found = read_guide(config(tmp_path), pairs(PAIRS[0], PAIRS[4]), tmp_path)
    assert found.links == [None, frozenset({(0, 0)})]


def test_a_reversed_corpus_gets_reversed_links(tmp_path):
    (tmp_path / "links.tsv").write_text("a b\tc\t1-0\n", "utf-8")
    reverse = config(tmp_path, reverse=True)
    assert read_guide(reverse, pairs(("c", "a b")), tmp_path).links == [{(0, 1)}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a\tb\n", "line 1 is not source, target, links"),
        ("a\tb\t0-1\n", "line 1 links a word that the sentence does not have"),
        ("a\tb\t0~0\n", "links.tsv line 1: '0~0' is not a link"),
        ("a\tb\t0-0\n", "none of the training pairs"),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, line, message):
    (tmp_path / "links.tsv").write_text(line, "utf-8")
    with pytest.raises(UserError, match=message) as refused:
        read_guide(config(tmp_path), pairs(PAIRS[0]), tmp_path)
    assert "\n" not in str(refused.value)


@pytest.fixture
def eflomal(tmp_path, monkeypatch):
    """A program of eflomal's name and arguments that links the first words and counts its calls."""
    program = tmp_path / "bin" / "eflomal-align"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'while [ "$1" ]; do case "$1" in -s) s=$2;; -t) t=$2;; -f) f=$2;; esac; shift 2; done\n'
        f"cat $s >> {tmp_path}/read; echo call >> {tmp_path}/calls\n"
        'sed "s/.*/0-0/" $s > $f\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return tmp_path


def test_eflomal_links_what_no_table_knows_once(eflomal):
    (eflomal / "links.tsv").write_text(f"{SRC}\t{TGT}\t1-1\n", "utf-8")
    rows = pairs(PAIRS[2], PAIRS[4])
    for _ in range(2):
        found = read_guide(config(eflomal, links=["links.tsv", "eflomal"]), rows, eflomal)
        assert found.links == [{(0, 0)}, {(1, 1)}]
    assert (eflomal / "calls").read_text() == "call\n"
    assert (eflomal / "read").read_text().startswith("where is the station ?\n")


def test_without_eflomal_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(guide.shutil, "which", lambda _: None)
    monkeypatch.setattr(guide.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(UserError, match="pip install eflomal"):
        read_guide(config(tmp_path, links=["eflomal"]), pairs(PAIRS[0]), tmp_path)


def test_a_failure_of_eflomal_is_told_in_one_line(eflomal):
    (eflomal / "bin" / "eflomal-align").write_text("#!/bin/sh\necho first >&2\necho oh >&2\nexit 3")
    with pytest.raises(UserError, match=r"^eflomal failed: oh$"):
        read_guide(config(eflomal, links=["eflomal"]), pairs(PAIRS[0]), eflomal)
    assert not (eflomal / "eflomal.links").exists()
