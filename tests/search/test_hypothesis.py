import pytest

from seq2seq.search.hypothesis import hypothesis, length_penalty


@pytest.mark.parametrize(
    ("length", "alpha", "penalty"),
    [(1, 0.6, 1.0), (7, 1.0, 2.0), (7, 0.0, 1.0), (19, 0.5, 2.0), (31, 1.0, 6.0)],
)
def test_length_penalty_has_the_closed_form_of_the_paper(length, alpha, penalty):
    assert length_penalty(length, alpha) == pytest.approx(penalty)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_length_penalty_never_shrinks_with_length(alpha):
    penalties = [length_penalty(length, alpha) for length in range(1, 50)]
    assert penalties == sorted(penalties)


def test_the_end_counts_as_a_word_of_a_finished_hypothesis():
    ended = hypothesis([1, 2], -6.0, 1.0, finished=True)
    cut = hypothesis([1, 2], -6.0, 1.0, finished=False)
    assert ended.score == pytest.approx(-6 / (8 / 6))
    assert cut.score == pytest.approx(-6 / (7 / 6))
    assert (ended.ids, ended.log_probability, ended.finished) == ([1, 2], -6.0, True)
    assert not cut.finished


def test_without_a_penalty_the_score_is_the_log_probability():
    assert hypothesis([1, 2, 3], -4.5, 0.0, finished=True).score == -4.5
