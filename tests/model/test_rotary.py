"""Rotary positions: angles, and what they let a query and a key know."""

import cmath

import pytest
import torch

from seq2seq.model.rotary import BASE, Rotary, Rotation

K = 6


@pytest.fixture
def rotary():
    return Rotary(K).double()


def test_a_turn_has_the_closed_form_of_the_paper(rotary):
    """Dimensions i and i + K/2 are a complex number, times e^(iθ)."""
    x = torch.randn(2, 3, 9, K, dtype=torch.float64)
    turned = rotary(0, 9).turn(x)
    assert turned.shape == x.shape
    for t in (0, 1, 8):
        for i in range(K // 2):
            point = complex(x[1, 2, t, i], x[1, 2, t, i + K // 2])
            expected = point * cmath.exp(1j * t * BASE ** (-2 * i / K))
            assert turned[1, 2, t, i] == pytest.approx(expected.real, abs=1e-6)
            assert turned[1, 2, t, i + K // 2] == pytest.approx(expected.imag, abs=1e-6)


def test_products_depend_on_the_distance_alone_and_on_its_sign(rotary):
    q, k = torch.randn(2, 1, 1, 1, K, dtype=torch.float64)

    def product(t: int, s: int) -> float:
        return float((rotary(t, 1).turn(q) * rotary(s, 1).turn(k)).sum())

    assert product(12, 9) == pytest.approx(product(3, 0), abs=1e-9)
    assert product(0, 0) == pytest.approx(float((q * k).sum()))
    distances = [product(20, 20 + distance) for distance in range(-5, 6)]
    assert len({round(value, 6) for value in distances}) == len(distances)


def test_a_later_start_is_a_part_of_the_whole(rotary):
    whole, part = rotary(0, 12), rotary(5, 3)
    assert torch.equal(part.cos_TK, whole.cos_TK[5:8])
    assert torch.equal(part.sin_TK, whole.sin_TK[5:8])


def test_lengths_stay_and_so_does_the_type(rotary):
    x = torch.randn(1, 2, 5, K)
    rotation = Rotary(K)(3, 5)
    torch.testing.assert_close(rotation.turn(x).norm(dim=-1), x.norm(dim=-1))
    assert rotation.turn(x.bfloat16()).dtype == torch.bfloat16
    assert isinstance(rotation, Rotation)
