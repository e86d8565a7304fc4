import torch
import torch.nn.functional as F

from seq2seq.training.loss import guided_alignment_loss, smoothed_cross_entropy


def test_equals_the_cross_entropy_of_torch_summed_over_tokens():
    logits = torch.randn(11, 7, dtype=torch.float64)
    targets = torch.randint(7, (11,))
    for smoothing in (0.0, 0.1, 0.4):
        sums = smoothed_cross_entropy(logits, targets, smoothing)
        expected = F.cross_entropy(logits, targets, label_smoothing=smoothing, reduction="sum")
        torch.testing.assert_close(sums.loss, expected)
        torch.testing.assert_close(sums.nll, F.cross_entropy(logits, targets, reduction="sum"))


def test_sums_of_parts_are_the_sum_of_the_whole():
    logits, targets = torch.randn(10, 5, dtype=torch.float64), torch.randint(5, (10,))
    whole = smoothed_cross_entropy(logits, targets, 0.1).loss
    parts = [smoothed_cross_entropy(logits[i::3], targets[i::3], 0.1).loss for i in range(3)]
    torch.testing.assert_close(sum(parts), whole)


def test_low_precision_logits_are_summed_in_float32():
    logits = torch.randn(4, 5).bfloat16()
    assert smoothed_cross_entropy(logits, torch.zeros(4, dtype=torch.long), 0.1).loss.dtype == (
        torch.float32
    )


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
