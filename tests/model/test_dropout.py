import pytest
import torch
import torch.nn.functional as F

from seq2seq.model.dropout import Dropout, dropout_mask


@pytest.mark.parametrize("probability", [0.1, 0.3, 0.7])
def test_mean_and_variance_are_those_of_torchs_dropout(probability):
    torch.manual_seed(0)
    ones = torch.ones(1000, 1001)
    mine, theirs = Dropout(probability)(ones), F.dropout(ones, probability)
    assert mine.mean() == pytest.approx(1, abs=0.005)
    assert mine.mean() == pytest.approx(float(theirs.mean()), abs=0.005)
    assert mine.var() == pytest.approx(float(theirs.var()), rel=0.01)
    assert (mine == 0).float().mean() == pytest.approx(probability, abs=0.002)


def test_neighbours_are_dropped_independently():
    torch.manual_seed(0)
    dropped = (dropout_mask(torch.ones(400_000), 0.25) == 0).float()
    for distance in (1, 2, 3, 4, 5):
        both = (dropped[distance:] * dropped[:-distance]).mean()
        assert both == pytest.approx(0.25**2, abs=0.002)
    for place in range(4):  # in a draw of 64 bits
        assert dropped[place::4].mean() == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 5), (3, 1, 7), (0,)])
def test_any_shape_is_masked(shape):
    assert dropout_mask(torch.ones(shape), 0.5).shape == shape


def test_gradients_are_masked_alike():
    x = torch.ones(50, 3, requires_grad=True)
    y = Dropout(0.4)(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, y.detach())
    assert y.unique().tolist() == pytest.approx([0.0, 1 / 0.6], rel=1e-4)


def test_a_seed_repeats_the_mask():
    torch.manual_seed(7)
    first = dropout_mask(torch.ones(1000), 0.1)
    assert not torch.equal(first, dropout_mask(torch.ones(1000), 0.1))
    torch.manual_seed(7)
    torch.testing.assert_close(first, dropout_mask(torch.ones(1000), 0.1))


def test_nothing_is_dropped_outside_training_or_without_probability():
    x = torch.randn(20, 20)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x


def test_an_extreme_probability_stays_finite():
    assert torch.isfinite(dropout_mask(torch.ones(1000), 0.999_999)).all()


def test_float64_and_transposed_inputs_are_masked():
    x = torch.ones(4, 6, dtype=torch.float64).T
    assert set(Dropout(0.5)(x).unique().tolist()) <= {0.0, 2.0}
