"""Repetitions: the same that a set finds, in a tenth of its memory."""

import subprocess
import sys

import numpy as np
import pytest

from seq2seq.data.duplicates import Seen, key


@pytest.mark.parametrize("block", [1, 7, 500])
def test_new_keys_are_those_that_a_set_does_not_know(block):
    keys = np.random.default_rng(0).integers(0, 700, 2000, np.uint64)
    seen, known = Seen(), set()
    for begin in range(0, len(keys), block):
        some = keys[begin : begin + block]
        new = [not (k in known or known.add(k)) for k in some.tolist()]
        assert seen.add(some).tolist() == new


def test_no_keys_are_no_trouble():
    seen, nothing = Seen(), np.zeros(0, np.uint64)
    assert seen.add(nothing).tolist() == []
    assert seen.add(np.array([0, 2**64 - 1, 0], np.uint64)).tolist() == [True, True, False]
    assert seen.add(nothing).tolist() == []


def test_a_key_takes_eight_bytes_and_arrays_stay_few():
    seen, rng = Seen(), np.random.default_rng(0)
    for _ in range(100):
        assert seen.add(rng.integers(0, 2**64, 1000, np.uint64)).all()
    assert sum(run.nbytes for run in seen._runs) == 8 * 100_000
    assert len(seen._runs) <= 8


def test_a_key_depends_on_where_the_target_begins_and_not_on_the_process():
    assert len({key("a", "b c"), key("a b", "c"), key("a b c", ""), key("c", "a b")}) == 4
    program = "from seq2seq.data.duplicates import key; print(key('é', 'b'))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(printed.stdout) == key("é", "b")
