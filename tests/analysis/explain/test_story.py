import numpy as np
import pytest

from seq2seq.analysis.explain.story import (
    Heat,
    Matrix,
    fine,
    kept,
    one_line,
    percent,
    signed,
    visible,
)


@pytest.mark.parametrize("count", [1, 5, 9, 30])
@pytest.mark.parametrize("room", [3, 5, 9])
def test_what_is_kept_fits_and_has_the_focus_in_it(count, room):
    for focus in range(count):
        shown = kept(count, room, focus)
        numbers = [n for n in shown if n is not None]
        assert len(shown) == min(count, room)
        assert focus in numbers
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert (shown[0] is None) == (numbers[0] > 0)
        assert (shown[-1] is None) == (numbers[-1] < count - 1)


def test_numbers_of_a_calculation():
    assert [fine(x) for x in (0, 1, -3.07514, 0.00005, 0.00004, -9.4e-8)] == [
        "0.0000", "1.0000", "−3.0751", "0.0001", "4·10⁻⁵", "−9·10⁻⁸",
    ]  # fmt: skip


def test_a_zero_has_no_sign():
    numbers = ("-0.00", "+0.0", "-0.01", "0.10", "+1.0")
    assert [signed(number) for number in numbers] == ["0.00", "0.0", "−0.01", "0.10", "+1.0"]


def test_percents():
    assert [percent(p) for p in (1, 0.819, 0.0004)] == ["100.0 %", "81.9 %", "< 0.1 %"]


def test_a_matrix_has_as_many_decimals_as_it_needs():
    def written(*values, heat=Heat.signed):
        matrix = Matrix("m", np.array([values], np.float32), ["row"], heat=heat)
        return [matrix.written(0, column) for column in range(len(values))]

    assert written(2, -1) == ["2", "−1"]
    assert written(2, -0.5) == ["2.0", "−0.5"]
    assert written(2, -0.001) == ["2.00", "0.00"]
    assert written(0, 0.001, 0.5, heat=Heat.weight) == ["·", "0.00", "0.50"]


def test_the_sum_is_no_part_of_the_shape():
    assert Matrix("m", np.ones((3, 2), np.float32), ["a", "b", "sum"], total=True).shape == "2×2"


def test_what_has_no_glyph_can_be_seen_and_breaks_no_line():
    assert visible("\u00a0?") == visible("\u202f?") == visible("\x1b?") == "␣?"
    assert one_line("a\nb\u00a0? \x1b[0m") == "a b ? ␣[0m"
