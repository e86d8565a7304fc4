"""Held-out sets: drawn by a seed, and no sentence of theirs stands anywhere else."""

from itertools import product

import pytest
from datasets import Dataset

from seq2seq.config import CleaningConfig, DataConfig
from seq2seq.data.cleaning import DropReport, normalize
from seq2seq.data.held_out import HeldOut, allowed, hold_out
from seq2seq.data.sources import Located
from seq2seq.errors import UserError

# 60 sources with three translations each, and each translation is that of two sources.
MANY = [(f"source {i}", f"target {(i // 2, j)}") for i, j in product(range(60), range(3))]


def drawn(rows=MANY, files=None, **options):
    """The pool of ``rows``, and what is held out of it."""
    sizes = {"validation_size": 10, "test_size": 12, **options}
    config = DataConfig(name="x", train=["x"], src_column="0", tgt_column="1", **sizes)
    sources = ("validation", "test", "test_references")
    located = {source: Located((files or {}).get(source, [])) for source in sources}
    src, tgt = zip(*rows, strict=True)
    return hold_out(located, config, Dataset.from_dict({"src": src, "tgt": tgt}))


def test_no_sentence_is_drawn_twice_and_none_is_left_to_training():
    held_out = drawn()
    validation, test = held_out.splits["validation"], held_out.splits["test"]
    assert (len(validation), len(test)) == (10, 12)
    assert set(validation + test) == {MANY[row] for row in held_out.drawn}
    for side in (0, 1):
        assert len({pair[side] for pair in validation + test}) == 22
    report = DropReport()
    rest = [pair for row, pair in enumerate(MANY) if row not in held_out.drawn]
    kept = list(allowed(rest, held_out, report))
    for side in (0, 1):
        assert not {pair[side] for pair in kept} & {pair[side] for pair in validation + test}
    assert len(kept) + report.dropped["stands in validation or test"] == len(rest)
    assert len(kept) > 0


def test_overlap_may_be_allowed():
    held_out = HeldOut(CleaningConfig(drop_overlap=False))
    held_out.add("test", MANY[:1])
    assert list(allowed(MANY, held_out, DropReport())) == MANY


def test_the_seed_decides_what_is_drawn():
    assert drawn().splits == drawn().splits
    assert drawn().splits != drawn(split_seed=2).splits


def test_a_drawn_set_shares_no_side_with_one_that_has_a_file(tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text("".join(f" {src}  \t{tgt}\n" for src, tgt in MANY[:90]), "utf-8")
    held_out = drawn(files={"test": [path]})
    assert held_out.splits["test"][0] == (" source 0  ", "target (0, 0)")  # as the file has it
    for side in (0, 1):
        given = {normalize(pair[side], CleaningConfig()) for pair in held_out.splits["test"]}
        assert not given & {pair[side] for pair in held_out.splits["validation"]}


def test_a_pool_whose_sentences_repeat_too_often_is_refused_in_one_line():
    with pytest.raises(UserError, match="too few to draw 70") as raised:
        drawn(validation_size=35, test_size=35)  # 180 pairs, but only 60 sources
    assert "\n" not in str(raised.value)
