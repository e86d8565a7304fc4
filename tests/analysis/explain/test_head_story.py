import numpy as np

from seq2seq.analysis.explain.head_story import (
    maps_section,
    sum_section,
    target_table,
    weights_section,
)
from seq2seq.analysis.explain.story import Heat, Matrix
from seq2seq.analysis.explain.toy import toy


def test_the_two_maps_stand_side_by_side_on_one_scale():
    t = toy()
    wrote, read = maps_section(t.steps, t.written_TT, "here").parts[-2:]
    assert wrote.heat is read.heat is Heat.weight
    assert wrote.rows == read.rows
    assert wrote.columns == t.steps.read  # what can be looked back at is what was read
    assert read.columns == t.steps.src


def test_the_last_row_of_the_sum_is_the_sum_of_the_others():
    s = toy().steps
    matrix = next(p for p in sum_section(s).parts if isinstance(p, Matrix))
    assert matrix.total
    assert matrix.rows == ["0.22 × the", "0.07 × black", "0.71 × cat", "sum"]
    np.testing.assert_allclose(matrix.values[:-1].sum(axis=0), matrix.values[-1], atol=1e-6)


def test_the_row_and_the_next_are_compared():
    prose = weights_section(toy().steps).parts[-1]
    assert "predicts “chat” looks most at “cat” (0.71)" in prose
    assert "which has read it, at “black” (0.71)" in prose


def test_what_is_read_is_what_was_predicted_before():
    table = target_table(toy().steps)
    assert [row[1] for row in table.rows[1:]] == [row[2] for row in table.rows[:-1]]
