import pytest
import torch
import torch.nn.functional as F

from seq2seq.training import loss as losses
from seq2seq.training.loss import guided_alignment_loss, smoothed_cross_entropy


@pytest.fixture(params=[1, 3, 100], ids=["1 row", "3 rows", "all rows"])
def chunked(request, monkeypatch):
    monkeypatch.setattr(losses, "CPU_ROWS", request.param)


def given():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(11, 5, dtype=torch.float64, generator=generator)
    table = torch.randn(7, 5, dtype=torch.float64, generator=generator)
    return (
        hidden.requires_grad_(),
        table.requires_grad_(),
        torch.randint(7, (11,), generator=generator),
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
def test_equals_the_cross_entropy_of_torch_summed_over_tokens(chunked, smoothing):
    hidden, table, targets = given()
    sums = smoothed_cross_entropy(hidden, table, targets, smoothing)
    logits = hidden @ table.T
    expected = F.cross_entropy(logits, targets, label_smoothing=smoothing, reduction="sum")
    torch.testing.assert_close(sums.loss, expected)
    torch.testing.assert_close(sums.nll, F.cross_entropy(logits, targets, reduction="sum"))
    assert not sums.nll.requires_grad


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradients_are_those_of_finite_differences(chunked, smoothing):
    hidden, table, targets = given()

    def scaled(hidden, table):
        return 3 * smoothed_cross_entropy(hidden, table, targets, smoothing).loss

    assert torch.autograd.gradcheck(scaled, (hidden, table))


def test_the_loss_can_be_measured_without_gradients():
    hidden, table, targets = given()
    with torch.no_grad():
        measured = smoothed_cross_entropy(hidden, table, targets, 0.1)
    assert not measured.loss.requires_grad
    expected = smoothed_cross_entropy(hidden, table, targets, 0.1)
    torch.testing.assert_close(measured.loss, expected.loss)
    torch.testing.assert_close(measured.nll, expected.nll)


def test_under_autocast_logits_are_summed_in_float32():
    hidden, table, targets = (x.detach() for x in given())
    hidden, table = hidden.float().requires_grad_(), table.float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        sums = smoothed_cross_entropy(hidden, table, targets, 0.1)
    sums.loss.backward()
    exact = smoothed_cross_entropy(hidden, table, targets, 0.1)
    assert sums.loss.dtype == hidden.grad.dtype == table.grad.dtype == torch.float32
    torch.testing.assert_close(sums.loss, exact.loss, rtol=0.02, atol=0)
    gradient = torch.autograd.grad(exact.loss, hidden)[0]
    torch.testing.assert_close(hidden.grad, gradient, rtol=0.05, atol=0.05)


def test_sums_of_parts_are_the_sum_of_the_whole():
    hidden, table, targets = given()
    whole = smoothed_cross_entropy(hidden, table, targets, 0.1).loss
    parts = [smoothed_cross_entropy(hidden[i::3], table, targets[i::3], 0.1) for i in range(3)]
    torch.testing.assert_close(sum(part.loss for part in parts), whole)


def test_guided_alignment_is_the_cross_entropy_of_the_rows_that_are_taught():
    weights = torch.randn(2, 3, 4, dtype=torch.float64).softmax(-1)
    guide = torch.zeros(2, 3, 4, dtype=torch.float64)
    guide[0, 1, 2] = 1
    guide[1, 2, :2] = 0.5
    expected = -weights[0, 1, 2].log() - 0.5 * weights[1, 2, :2].log().sum()
    torch.testing.assert_close(guided_alignment_loss(weights, guide), expected)
    assert guided_alignment_loss(weights, torch.zeros_like(guide)) == 0


def test_a_weight_of_0_gives_a_finite_lesson():
    weights = torch.tensor([[[1.0, 0.0]]], requires_grad=True)
    loss = guided_alignment_loss(weights, torch.tensor([[[0.0, 1.0]]]))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(weights.grad).all()
