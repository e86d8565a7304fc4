"""Hard links: from weights, of two directions, in Pharaoh's notation."""

from itertools import pairwise

import numpy as np
import pytest

from seq2seq.alignment.links import (
    Symmetrization,
    argmax_links,
    from_pharaoh,
    read_links,
    symmetrize,
    threshold_links,
    to_pharaoh,
    transpose,
)
from seq2seq.errors import UserError

WEIGHTS_TS = np.array([[0.1, 0.8, 0.1], [0.5, 0.2, 0.3], [0.0, 0.0, 0.0]], np.float32)
INTERSECTION, UNION, GROWN, FINAL = (
    Symmetrization(name)
    for name in ("intersection", "union", "grow-diagonal", "grow-diagonal-final")
)


def links(line):
    return from_pharaoh(line)[0]


def random_links(rng, src=6, tgt=7):
    return frozenset((int(s), int(t)) for s, t in np.argwhere(rng.random((src, tgt)) < 0.2))


def test_every_target_word_is_linked_to_where_it_looks_most_and_an_empty_row_to_nothing():
    assert argmax_links(WEIGHTS_TS) == links("1-0 0-1")
    assert argmax_links(np.zeros((2, 3), np.float32)) == frozenset()
    assert argmax_links(np.zeros((0, 3), np.float32)) == frozenset()
    assert argmax_links(np.zeros((2, 0), np.float32)) == frozenset()


def test_a_threshold_gives_none_one_or_several_links():
    assert threshold_links(WEIGHTS_TS, 0.3) == links("1-0 0-1 2-1")
    assert threshold_links(WEIGHTS_TS, 0.5) == links("1-0 0-1")
    assert threshold_links(WEIGHTS_TS, 0.9) == frozenset()


@pytest.mark.parametrize(
    ("forward", "backward", "expected"),
    [
        # both agree: every kind is the same
        ("0-0 1-1", "0-0 1-1", {INTERSECTION: "0-0 1-1", GROWN: "0-0 1-1", FINAL: "0-0 1-1"}),
        # a diagonal neighbour of two free words is grown
        ("0-0 1-1", "0-0", {INTERSECTION: "0-0", GROWN: "0-0 1-1", FINAL: "0-0 1-1"}),
        ("0-1", "0-1 1-0", {INTERSECTION: "0-1", GROWN: "0-1 1-0", FINAL: "0-1 1-0"}),
        # ... and what is grown has neighbours too
        ("0-0 1-1 2-2", "0-0", {INTERSECTION: "0-0", GROWN: "0-0 1-1 2-2", FINAL: "0-0 1-1 2-2"}),
        # a neighbour that shares a word is not
        ("0-0 1-0", "0-0 0-1", {INTERSECTION: "0-0", GROWN: "0-0", FINAL: "0-0"}),
        # far from the others: only the final step takes it, and only for two free words
        ("0-0 3-3", "0-0 5-0", {INTERSECTION: "0-0", GROWN: "0-0", FINAL: "0-0 3-3"}),
        # the final step asks the forward direction first
        ("0-0 4-4", "0-0 4-6", {INTERSECTION: "0-0", GROWN: "0-0", FINAL: "0-0 4-4"}),
        # nothing in common: nothing to grow from
        ("0-0", "1-1", {INTERSECTION: "", GROWN: "", FINAL: "0-0 1-1"}),
        ("", "", {INTERSECTION: "", GROWN: "", FINAL: ""}),
    ],
)
def test_small_cases_of_every_kind(forward, backward, expected):
    forward, backward = links(forward), links(backward)
    assert symmetrize(forward, backward, UNION) == forward | backward
    for how, line in expected.items():
        assert to_pharaoh(symmetrize(forward, backward, how)) == line


def test_the_kinds_are_nested_and_grown_links_are_one_to_one_but_for_the_intersection():
    rng = np.random.default_rng(0)
    for _ in range(200):
        forward, backward = random_links(rng), random_links(rng)
        kinds = [symmetrize(forward, backward, how) for how in (INTERSECTION, GROWN, FINAL, UNION)]
        assert all(small <= large for small, large in pairwise(kinds))
        added = sorted(kinds[2] - kinds[0])
        assert len({src for src, _ in added}) == len({tgt for _, tgt in added}) == len(added)


def test_grow_diagonal_and_the_simple_kinds_do_not_depend_on_the_order_of_directions():
    rng = np.random.default_rng(1)
    for _ in range(50):
        forward, backward = random_links(rng), random_links(rng)
        for how in (INTERSECTION, GROWN, UNION):
            assert symmetrize(forward, backward, how) == symmetrize(backward, forward, how)


def test_transposing_twice_gives_the_links_back():
    assert transpose(links("0-2 1-0")) == links("2-0 0-1")
    assert transpose(transpose(links("0-2 1-0"))) == links("0-2 1-0")


def test_pharaohs_notation_survives_a_round_trip_sorted():
    rng = np.random.default_rng(2)
    for _ in range(20):
        written = random_links(rng, 15, 15)
        assert from_pharaoh(to_pharaoh(written)) == (written, written)
    assert to_pharaoh(links("10-1 2-0 2-11 0-0")) == "0-0 2-0 2-11 10-1"
    assert to_pharaoh(frozenset()) == ""


def test_possible_links_are_not_sure():
    sure, every = from_pharaoh("0-0 1p2  2-1\t")
    assert sure == {(0, 0), (2, 1)}
    assert every == {(0, 0), (2, 1), (1, 2)}
    assert from_pharaoh("") == (frozenset(), frozenset())


@pytest.mark.parametrize("wrong", ["0", "0-", "-1-1", "0x1", "a-b", "0-1-2", "0–1", "0-0,1-1"])
def test_what_is_no_link_is_refused_with_what_to_write(wrong):
    with pytest.raises(UserError, match=r"is not a link: write i-j") as error:
        from_pharaoh(f"0-0 {wrong} 1-1")
    assert repr(wrong) in str(error.value)
    assert "\n" not in str(error.value)


def test_links_of_a_file_must_be_of_its_words():
    assert read_links("0-0 1p1", ["a", "b"], ["c", "d"], "here") == from_pharaoh("0-0 1p1")
    for line, message in [("2-0", "here links a word"), ("0p2", "here links"), ("x", "here: 'x'")]:
        with pytest.raises(UserError, match=message):
            read_links(line, ["a", "b"], ["c", "d"], "here")
