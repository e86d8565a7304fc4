from math import exp, sqrt

import numpy as np
import pytest

from seq2seq.analysis.explain.text import to_text
from seq2seq.analysis.explain.toy import PREDICTED, READ, SRC, tell_toy, toy


@pytest.fixture(scope="module")
def computed():
    return toy()


def test_queries_keys_and_values_are_the_projections_by_hand(computed):
    s = computed.steps
    np.testing.assert_array_equal(s.queries_TK, [[2, 0, 0], [1, 2, 0], [0, 0, 2], [2, 1, 2]])
    np.testing.assert_array_equal(s.keys_SK, [[2, 0, 0], [0, 0, 2], [0, 2, 1]])
    np.testing.assert_array_equal(s.values_SK, [[1, 0, 1], [0, 2, 0], [1, 1, 0]])


def test_scores_by_hand(computed):
    wanted = [[4, 0, 0], [2, 0, 4], [0, 4, 2], [4, 4, 4]]
    np.testing.assert_array_equal(computed.steps.scores_TS, wanted)


def test_the_softmax_of_the_followed_row_by_hand(computed):
    row = computed.steps.softmax
    np.testing.assert_allclose(row.scaled_S, [2 / sqrt(3), 0, 4 / sqrt(3)], rtol=1e-6)
    np.testing.assert_allclose(row.exps_S, [0.3152, 0.0993, 1], atol=5e-5)
    assert row.total == pytest.approx(1.4145, abs=5e-5)
    np.testing.assert_allclose(row.weights_S, [0.2228, 0.0702, 0.7070], atol=5e-5)


def test_all_weights_by_hand(computed):
    two, four = exp(2 / sqrt(3)), exp(4 / sqrt(3))
    wanted = [
        [four / (four + 2), 1 / (four + 2), 1 / (four + 2)],
        [two / (two + 1 + four), 1 / (two + 1 + four), four / (two + 1 + four)],
        [1 / (1 + four + two), four / (1 + four + two), two / (1 + four + two)],
        [1 / 3, 1 / 3, 1 / 3],
    ]
    np.testing.assert_allclose(computed.steps.weights_TS, wanted, rtol=1e-5)


def test_the_weighted_sums_by_hand(computed):
    output = computed.steps.output_TK
    assert output.shape == (4, 3)  # as long as the target, not the source
    # 0.2228·(1 0 1) + 0.0702·(0 2 0) + 0.7070·(1 1 0)
    np.testing.assert_allclose(output[1], [0.9298, 0.8474, 0.2228], atol=1e-4)
    np.testing.assert_allclose(output[3], [2 / 3, 1, 1 / 3], rtol=1e-5)


def test_self_attention_is_causal_and_its_second_row_is_right(computed):
    map_TT = computed.written_TT
    np.testing.assert_array_equal(map_TT, np.tril(map_TT))
    # the state of "le" is (0.5, 2, 0): scores 0.5 with (1, 0, 0), 4.25 with itself
    first, second = exp(0.5 / sqrt(3)), exp(4.25 / sqrt(3))
    wanted = [first / (first + second), second / (first + second), 0, 0]
    np.testing.assert_allclose(map_TT[1], wanted, rtol=1e-5)


def test_hiding_cat_leaves_its_weight_to_the_others(computed):
    two = exp(2 / sqrt(3))
    np.testing.assert_allclose(computed.without_TS[1], [two / (two + 1), 1 / (two + 1), 0])


def test_the_words_cross_over(computed):
    looked = [SRC[s] for s in computed.steps.weights_TS.argmax(axis=1)]
    assert dict(zip(PREDICTED[:3], looked, strict=False)) == {
        "le": "the", "chat": "cat", "noir": "black",
    }  # fmt: skip
    assert READ[1:] == PREDICTED[:-1]


def test_the_story_writes_the_numbers_in_full(computed):
    text = to_text(tell_toy(computed))
    for number in ("1.1547", "2.3094", "0.3152", "0.0993", "1.4145", "0.2228", "0.7070", "0.7604"):
        assert number in text
    assert "output (T×K): 4×3" in text
