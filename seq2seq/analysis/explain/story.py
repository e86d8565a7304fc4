"""What a walk-through is made of, whether it is shown in a terminal or on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from seq2seq.analysis.explain.steps import Array

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Heat(Enum):
    """What the colours of a matrix mean."""

    signed = "signed"  # below and above 0, as strong as the matrix's largest number
    weight = "weight"  # 0 to 1


@dataclass(frozen=True)
class Matrix:
    """Numbers in rows and columns.

    Attributes:
        name: What they are, with their shape in letters: ``queries Q (T×K)``.
        values: (rows, columns); in a ``weight`` matrix an exact 0 is shown as a dot.
        rows: A name for each row.
        columns: A name for each column; none where columns are mere dimensions.
        heat: What the colours mean.
        mark: The row that is followed.
        total: The last row is the sum of the others.
    """

    name: str
    values: Array
    rows: list[str]
    columns: list[str] | None = None
    heat: Heat = Heat.signed
    mark: int | None = None
    total: bool = False

    @property
    def shape(self) -> str:
        """As in ``8×32``."""
        return "×".join(map(str, (len(self.rows) - self.total, self.values.shape[1])))

    def written(self, row: int, column: int) -> str:
        """One number, with as many decimals as the matrix needs: at most two."""
        if self.heat is Heat.weight and self.values[row, column] == 0:
            return "·"
        halves = self.values * 2
        decimals = 2 if (halves != halves.round()).any() else int((halves % 2 != 0).any())
        return signed(f"{self.values[row, column]:.{decimals}f}")

    @property
    def focus(self) -> int:
        """The column not to leave out: where the followed row of weights is largest."""
        if self.columns is None or self.mark is None:
            return 0
        return int(self.values[self.mark].argmax())


@dataclass(frozen=True)
class Table:
    """Cells in rows and columns.

    Attributes:
        head: Names of the columns.
        rows: Cells of each row.
        bars: For each row a share between 0 and 1 that is drawn as a bar.
        mark: The row that is followed.
        total: A last row under a rule.
        texts: How many columns are text, at the left; the others are numbers, at the right.
    """

    head: list[str]
    rows: list[list[str]]
    bars: list[float] | None = None
    mark: int | None = None
    total: list[str] | None = None
    texts: int = 1


@dataclass(frozen=True)
class Formula:
    """Lines of mathematics."""

    text: str


@dataclass(frozen=True)
class Pieces:
    """Pieces of a text in a row."""

    name: str
    pieces: list[str]


Part = str | Formula | Pieces | Matrix | Table


@dataclass(frozen=True)
class Section:
    """A step of the walk: a title, then prose and figures in turn."""

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Story:
    """The whole walk."""

    title: str
    lead: str
    sections: list[Section]


def visible(piece: str) -> str:
    """A piece whose no-break spaces (and whatever else has no glyph) can be seen."""
    return "".join(c if c.isprintable() else "␣" for c in piece)


def one_line(text: str) -> str:
    """A sentence without line breaks and invisible characters."""
    return visible(" ".join(text.split()))


def kept(count: int, room: int, focus: int = 0) -> list[int | None]:
    """Which of ``count`` things fit into ``room`` places: a run around ``focus``.

    None stands for those that are left out before or after it, and takes a place of its own.
    """
    if count <= room:
        return list(range(count))
    if focus < room - 1:
        return [*range(room - 1), None]
    if focus >= count - (room - 1):
        return [None, *range(count - room + 1, count)]
    first = focus - (room - 2) // 2
    return [None, *range(first, first + room - 2), None]


def signed(number: str) -> str:
    """A written number with a real minus sign; a zero has no sign."""
    return number.replace("-", "−") if number.strip("+-0.") else number.strip("+-")


def fine(value: float) -> str:
    """A number of a calculation: four decimals, or a power of ten where those would be zeros."""
    if value == 0 or abs(value) >= 0.00005:
        return signed(f"{value:.4f}")
    digit, power = f"{value:.0e}".split("e")
    return f"{signed(digit)}·10{str(int(power)).translate(RAISED)}"


def percent(probability: float) -> str:
    """A probability as it is spoken of."""
    return f"{100 * probability:.1f} %" if probability >= 0.0005 else "< 0.1 %"
