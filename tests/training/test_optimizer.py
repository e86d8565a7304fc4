import pytest
import torch
from torch import nn

from seq2seq.config import Schedule, TrainingConfig
from seq2seq.training.muon import Muon, orthogonalize
from seq2seq.training.optimizer import averaged, build_optimizers, learning_rate_factor
from tests.conftest import tiny_model


def test_warm_up_is_linear_and_the_linear_schedule_ends_at_zero():
    config = TrainingConfig(warmup_steps=10)
    assert learning_rate_factor(0, 110, config) == pytest.approx(0.1)
    assert learning_rate_factor(9, 110, config) == pytest.approx(1.0)
    assert learning_rate_factor(60, 110, config) == pytest.approx(0.5)
    assert learning_rate_factor(110, 110, config) == 0.0


def test_inverse_square_root_and_constant_schedules():
    inverse = TrainingConfig(warmup_steps=10, schedule=Schedule.inverse_sqrt)
    assert learning_rate_factor(39, None, inverse) == pytest.approx(0.5)
    constant = TrainingConfig(warmup_steps=10, schedule=Schedule.constant)
    assert learning_rate_factor(1000, 1001, constant) == 1.0


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 32, 8), (2, 8, 32)])
def test_orthogonalize_brings_singular_values_near_one_and_keeps_the_directions(shape):
    torch.manual_seed(0)
    matrices = torch.randn(shape)
    result = orthogonalize(matrices)
    assert torch.linalg.svdvals(result).sub(1).abs().max() < 0.4  # the quintic's band
    u, _, vh = torch.linalg.svd(matrices, full_matrices=False)
    aligned = (u.mT @ result @ vh.mT).diagonal(dim1=1, dim2=2)
    assert (aligned > 0.5).all()


def test_muon_minimises_a_quadratic():
    torch.manual_seed(0)
    target, weight = torch.randn(6, 4), nn.Parameter(torch.zeros(6, 4))
    optimizer = Muon([weight], lr=0.1)
    for step in range(200):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 200)
        optimizer.zero_grad()
        (weight - target).square().sum().backward()
        optimizer.step()
    assert (weight - target).norm() < 0.1 * target.norm()


@pytest.mark.parametrize("muon", [0.0, 0.01])
def test_every_parameter_has_one_optimizer_and_vectors_are_not_decayed(muon):
    model = tiny_model()
    optimizers = build_optimizers(model, TrainingConfig(muon_learning_rate=muon))
    assert ("muon" in optimizers) == bool(muon)
    groups = [g for o in optimizers.values() for g in o.param_groups]
    owned = [p for g in groups for p in g["params"]]
    assert sorted(map(id, owned)) == sorted(map(id, model.parameters()))
    for group in groups:
        for parameter in group["params"]:
            assert (parameter.ndim > 1) == (group["weight_decay"] > 0)


def test_the_average_is_the_exponential_moving_average_with_a_growing_decay():
    model = nn.Linear(1, 1, bias=False)
    average, expected = averaged(model, decay=0.5), None
    for n, value in enumerate([1.0, 2.0, 4.0, 8.0]):
        nn.init.constant_(model.weight, value)
        average.update_parameters(model)
        keep = min(0.5, (1 + n) / (10 + n))
        expected = value if expected is None else keep * expected + (1 - keep) * value
    assert average.module.weight.item() == pytest.approx(expected)
