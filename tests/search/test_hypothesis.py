from functools import partial

import pytest

from seq2seq.search.hypothesis import hypothesis, length_normalization, length_penalty

FORMULAS = pytest.mark.parametrize("formula", [length_penalty, length_normalization])


@pytest.mark.parametrize(
    ("length", "alpha", "penalty"),
    [(1, 0.6, 1.0), (7, 1.0, 2.0), (7, 0.0, 1.0), (19, 0.5, 2.0), (31, 1.0, 6.0)],
)
def test_length_penalty_has_the_closed_form_of_the_paper(length, alpha, penalty):
    assert length_penalty(length, alpha) == pytest.approx(penalty)


def test_normalised_by_length_a_score_is_the_mean_of_its_log_probabilities():
    mean = partial(length_normalization, alpha=1.0)
    assert hypothesis([1, 2], -6.0, mean, finished=True).score == pytest.approx(-2)
    assert hypothesis([1, 2], -6.0, mean, finished=False).score == pytest.approx(-3)
    assert length_normalization(9, 0.5) == pytest.approx(3)


@FORMULAS
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_penalties_are_above_0_and_never_shrink_with_length(formula, alpha):
    """What the proof of the beam's stopping rule needs."""
    penalties = [formula(length, alpha) for length in range(1, 50)]
    assert penalties == sorted(penalties)
    assert penalties[0] > 0


def test_the_end_counts_as_a_word_of_a_finished_hypothesis():
    penalty = partial(length_penalty, alpha=1.0)
    ended = hypothesis([1, 2], -6.0, penalty, finished=True)
    cut = hypothesis([1, 2], -6.0, penalty, finished=False)
    assert ended.score == pytest.approx(-6 / (8 / 6))
    assert cut.score == pytest.approx(-6 / (7 / 6))
    assert (ended.ids, ended.log_probability, ended.finished) == ([1, 2], -6.0, True)
    assert not cut.finished


@FORMULAS
def test_without_a_penalty_the_score_is_the_log_probability(formula):
    assert hypothesis([1, 2, 3], -4.5, partial(formula, alpha=0.0), finished=True).score == -4.5
