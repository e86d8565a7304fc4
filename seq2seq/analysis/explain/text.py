"""A walk-through as text for a terminal: at most 100 columns, no colours, no escapes."""

from __future__ import annotations

import textwrap
import unicodedata

from seq2seq.analysis.explain.story import (
    Formula,
    Matrix,
    Part,
    Pieces,
    Story,
    Table,
    kept,
    visible,
)

WIDTH = 100
INDENT = "   "
ROWS = 16  # of a matrix or table, more are elided
NAME = 26  # columns of the longest row name
CELL = 9  # columns of the longest column name
NUMBERS = 6  # shown of a vector
BAR = 20
GAP = "…"
MARK = "▸"
EIGHTHS = " ▏▎▍▌▋▊▉█"


def to_text(story: Story) -> str:
    """The whole walk."""
    lines = ["", *wrap(story.title), "", *wrap(story.lead)]
    for number, section in enumerate(story.sections, 1):
        title = f"{number}. {section.title}"
        lines += ["", "", title, "─" * columns_of(title)]
        for part in section.parts:
            lines += ["", *render(part)]
    return "\n".join([*lines, ""])


def render(part: Part) -> list[str]:
    """One part as lines."""
    if isinstance(part, Matrix):
        return matrix_lines(part)
    if isinstance(part, Table):
        return table_lines(part)
    if isinstance(part, Pieces):
        pieces = "  ".join(map(visible, part.pieces))
        return wrap(f"{part.name}:  {pieces}", INDENT)
    if isinstance(part, Formula):
        return [INDENT * 2 + line for line in part.text.split("\n")]
    return wrap(part)


def wrap(text: str, indent: str = "") -> list[str]:
    """Text in lines that fit, however wide its characters are."""
    for width in range(WIDTH, WIDTH // 3, -1):
        lines = textwrap.wrap(
            text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )
        if all(columns_of(line) <= WIDTH for line in lines):
            break
    return lines


def matrix_lines(matrix: Matrix) -> list[str]:
    """Names, numbers, and an ellipsis for what does not fit."""
    rows = shown_rows(len(matrix.rows), matrix.mark, matrix.total)
    names = [GAP if row is None else clip(matrix.rows[row], NAME) for row in rows]
    side = max(map(columns_of, names)) + len(INDENT)
    heads = [clip(visible(head), CELL) for head in matrix.columns or [""] * matrix.values.shape[1]]
    cells = [[matrix.written(r, c) for c in range(len(heads))] for r in rows if r is not None]
    sizes = [2 + max(map(columns_of, column)) for column in zip(heads, *cells, strict=True)]
    columns = shown_columns(sizes, WIDTH - side, matrix)

    def line(texts: list[str]) -> str:
        return "".join(
            right(GAP, 5) if c is None else right(texts[c], sizes[c]) for c in columns
        ).rstrip()

    lines = [f"{INDENT}{matrix.name}: {matrix.shape}"]
    if matrix.columns is not None:
        lines.append(" " * side + line(heads))
    numbers = iter(cells)
    for name, row in zip(names, rows, strict=True):
        if matrix.total and row == len(matrix.rows) - 1:
            lines.append(INDENT + "─" * (len(lines[-1]) - len(INDENT)))
        mark = MARK if row is not None and row == matrix.mark else " "
        texts = [GAP] * len(heads) if row is None else next(numbers)
        lines.append(f" {mark} {left(name, side - len(INDENT))}{line(texts)}")
    return lines


def shown_columns(sizes: list[int], width: int, matrix: Matrix) -> list[int | None]:
    """As many columns as fit: of a vector the first few, of a map those around its focus."""
    most = len(sizes) if matrix.columns is not None else min(len(sizes), NUMBERS + 1)
    for room in range(most, 2, -1):
        columns = kept(len(sizes), room, matrix.focus)
        if sum(5 if c is None else sizes[c] for c in columns) <= width:
            return columns
    return kept(len(sizes), 3, matrix.focus)


def table_lines(table: Table) -> list[str]:
    """Columns of cells, with bars behind them."""
    rows = shown_rows(len(table.rows), table.mark, total=False)
    body = [[GAP] * len(table.head) if r is None else table.rows[r] for r in rows]
    body = [[cells[0], *(clip(text, NAME) for text in cells[1:])] for cells in body]
    total = [table.total] if table.total else []
    sizes = [max(map(columns_of, cells)) for cells in zip(table.head, *body, *total, strict=True)]
    others = sum(sizes[1:]) + len(INDENT) * len(sizes)
    sizes[0] = min(sizes[0], WIDTH - others - (len(INDENT) + BAR if table.bars else 0))

    def line(cells: list[str], mark: str = " ") -> str:
        texts = [
            (left if column < table.texts else right)(clip(text, sizes[column]), sizes[column])
            for column, text in enumerate(cells)
        ]
        return f" {mark} {INDENT.join(texts)}"

    lines = [line(table.head)]
    for row, cells in zip(rows, body, strict=True):
        mark = MARK if row is not None and row == table.mark else " "
        bar = "" if table.bars is None or row is None else bar_of(table.bars[row])
        lines.append(f"{line(cells, mark)}{INDENT}{bar}")
    if table.total:
        lines += [INDENT + "─" * (sum(sizes) + 3 * (len(sizes) - 1)), line(table.total)]
    return [text.rstrip() for text in lines]


def shown_rows(count: int, mark: int | None, total: bool) -> list[int | None]:
    """Rows around the one that is followed, and the sum, if the last row is one."""
    shown = kept(count - total, ROWS, mark or 0)
    return [*shown, count - 1] if total else shown


def bar_of(share: float) -> str:
    """A bar of a share between 0 and 1, in eighths of a column."""
    eighths = round(min(max(share, 0.0), 1.0) * BAR * 8)
    return EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def columns_of(text: str) -> int:
    """Columns that a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def clip(text: str, room: int) -> str:
    """A text that fits."""
    if columns_of(text) <= room:
        return text
    while columns_of(text) > room - 1:
        text = text[:-1]
    return text + GAP


def left(text: str, size: int) -> str:
    """A text filled up with spaces behind."""
    return text + " " * (size - columns_of(text))


def right(text: str, size: int) -> str:
    """A text filled up with spaces before."""
    return " " * (size - columns_of(text)) + text
