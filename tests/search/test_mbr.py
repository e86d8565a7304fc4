import math

import pytest

from seq2seq.analysis.score import sentence_chrf
from seq2seq.search.mbr import chrf, expected_utilities, posterior

TABLE = {  # utility of the row where the column is right; it need not be symmetric
    ("a", "a"): 1.0, ("a", "b"): 0.5, ("a", "c"): 0.0,
    ("b", "a"): 0.4, ("b", "b"): 1.0, ("b", "c"): 0.7,
    ("c", "a"): 0.1, ("c", "b"): 0.6, ("c", "c"): 1.0,
}  # fmt: skip


def utility(text, other):
    return TABLE[text, other]


def test_the_candidate_that_agrees_most_with_the_others_comes_first():
    found = expected_utilities(["a", "b", "c"], [1, 1, 1], utility)
    assert list(found) == ["b", "c", "a"]
    assert found == pytest.approx({"b": 0.7, "c": 1.7 / 3, "a": 0.5})


def test_candidates_count_as_much_as_they_weigh():
    found = expected_utilities(["a", "b", "c"], [6, 1, 1], utility)
    assert list(found) == ["a", "b", "c"]
    assert found["b"] == pytest.approx((6 * 0.4 + 1.0 + 0.7) / 8)


def test_a_candidate_that_stands_there_twice_counts_twice_and_is_compared_once():
    asked = []

    def watched(text, other):
        asked.append((text, other))
        return utility(text, other)

    found = expected_utilities(["a", "b", "a", "a"], [1] * 4, watched)
    assert found == expected_utilities(["a", "b"], [3, 1], utility)
    assert sorted(asked) == [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]


def test_of_equals_the_first_given_wins():
    for texts in (["x", "y"], ["y", "x"]):
        assert list(expected_utilities(texts, [1, 1], lambda *_: 1.0)) == texts


def test_a_single_candidate_is_chosen():
    assert expected_utilities(["a"], [0.5], utility) == {"a": 1.0}


def test_likelier_candidates_count_more_and_lengths_temper_that():
    assert posterior([-1000.0, -1001.0], [1, 1]) == pytest.approx([1, 0.36787944])
    tempered = -7.0 / 2**0.6, -6.0  # the penalty of 7 pieces is (12 / 6)^0.6
    assert posterior([-7.0, -6.0], [7, 1]) == pytest.approx(
        [1, math.exp(tempered[1] - tempered[0])]
    )


def test_chrf_is_that_of_the_scores():
    text, other = "Bonjour, ça va\u00a0?", "Bonjour, comment allez-vous\u00a0?"
    (expected,) = sentence_chrf([text], [[other]])
    assert chrf()(text, other) == pytest.approx(expected)
    assert chrf()(text, text) == pytest.approx(100)


def test_by_chrf_the_odd_one_out_loses():
    texts = ["Le chat dort ici.", "Le chat dort.", "Un chien court vite.", "Le chat dort là."]
    found = expected_utilities(texts, [1] * 4, chrf())
    *_, last = found
    assert last == "Un chien court vite."
