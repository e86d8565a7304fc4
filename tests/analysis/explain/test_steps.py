import math

import numpy as np
import pytest
import torch

from seq2seq.analysis.explain.steps import steps
from seq2seq.model.attention import KeyValues, attend


@pytest.fixture
def walked():
    random = np.random.default_rng(0)
    q, k, v = (random.normal(size=(n, 8)).astype(np.float32) for n in (4, 3, 3))
    names = [list(letters) for letters in ("<abc", "abc>", "xyz")]
    return steps(q, k, v, read=names[0], predicted=names[1], src=names[2], row=2)


def test_one_query_is_attended_number_by_number(walked):
    softmax = walked.softmax
    scores = [sum(q * k for q, k in zip(walked.queries_TK[2], key, strict=True))
              for key in walked.keys_SK]  # fmt: skip
    scaled = [score / math.sqrt(8) for score in scores]
    exps = [math.exp(x - max(scaled)) for x in scaled]
    np.testing.assert_allclose(softmax.scores_S, scores, rtol=1e-5)
    np.testing.assert_allclose(softmax.scaled_S, scaled, rtol=1e-5)
    np.testing.assert_allclose(softmax.exps_S, exps, rtol=1e-5)
    assert softmax.exps_S.max() == 1
    assert softmax.total == pytest.approx(sum(exps))
    np.testing.assert_allclose(softmax.weights_S, [x / sum(exps) for x in exps], rtol=1e-5)
    np.testing.assert_allclose(softmax.weights_S, walked.weights_TS[2], rtol=1e-5)


def test_the_row_is_the_sum_of_the_shares(walked):
    assert walked.shares_SK.shape == (3, 8)
    np.testing.assert_allclose(walked.shares_SK.sum(axis=0), walked.output_TK[2], atol=1e-6)


def test_the_fused_path_of_attention_gives_the_same_output(walked):
    q, k, v = (
        torch.from_numpy(x)[None, None]
        for x in (walked.queries_TK, walked.keys_SK, walked.values_SK)
    )
    np.testing.assert_allclose(attend(q, KeyValues(k, v)).output[0, 0], walked.output_TK, atol=1e-6)
