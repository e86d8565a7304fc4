"""A walk-through as one HTML file that needs no other: it opens from disk, in light and dark."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from string import Template

import numpy as np

from seq2seq.analysis.explain.story import (
    Formula,
    Heat,
    Matrix,
    Part,
    Pieces,
    Section,
    Story,
    Table,
    kept,
)

TEMPLATE = "page.html"
ROWS = 24  # of a matrix or table, more are elided
COLUMNS = 24  # of a map
NUMBERS = 6  # of a vector that are written; the rest is a strip of colours
STRIP = 128  # numbers of a strip
STRONG = {Heat.weight: 0.7, Heat.signed: 0.9}  # heat from which on white text reads better
LEARNED = re.compile(r"\b([Wb])_([QKVO])\b")
GAP = "…"


def to_page(story: Story) -> str:
    """The whole walk; everything that comes from texts is escaped."""
    page = Template(files("seq2seq.analysis.explain").joinpath(TEMPLATE).read_text("utf-8"))
    sections = [section_html(n, section) for n, section in enumerate(story.sections, 1)]
    contents = [
        f'<li><a href="#step{n}">{escape(section.title)}</a></li>'
        for n, section in enumerate(story.sections, 1)
    ]
    return page.substitute(
        title=escape(story.title),
        lead=escape(story.lead),
        contents="\n".join(contents),
        sections="\n".join(sections),
    )


def section_html(number: int, section: Section) -> str:
    """A step; figures that follow one another stand side by side where there is room."""
    html, figures = [], []
    for part in [*section.parts, ""]:
        if isinstance(part, (Matrix, Table)):
            figures.append(render(part))
            continue
        if figures:
            html.append(f'<div class="figures">{"".join(figures)}</div>')
            figures = []
        html.append(render(part))
    title = f'<h2><span class="number">{number}</span>{escape(section.title)}</h2>'
    return f'<section id="step{number}">{title}{"".join(html)}</section>'


def render(part: Part) -> str:
    """One part."""
    if isinstance(part, Matrix):
        return matrix_html(part)
    if isinstance(part, Table):
        return table_html(part)
    if isinstance(part, Pieces):
        chips = "".join(f"<li>{escape(piece)}</li>" for piece in part.pieces)
        return f'<div class="pieces"><span>{escape(part.name)}</span><ol>{chips}</ol></div>'
    if isinstance(part, Formula):
        return f'<div class="formula">{prose(part.text)}</div>'
    return f"<p>{prose(part)}</p>" if part else ""


def prose(text: str) -> str:
    """Escaped text in which the names of learned matrices are set as mathematics."""
    return LEARNED.sub(r"\1<sub>\2</sub>", escape(text))


def matrix_html(matrix: Matrix) -> str:
    """A matrix whose cells are coloured by their numbers."""
    heat = heats(matrix)
    last = len(matrix.rows) - 1
    rows = kept(len(matrix.rows) - matrix.total, ROWS, matrix.mark or 0)
    count = matrix.values.shape[1]
    if matrix.columns is None:
        columns: list[int | None] = list(range(min(count, NUMBERS)))
        head = ""
    else:
        columns = kept(count, COLUMNS, matrix.focus)
        names = (GAP if c is None else matrix.columns[c] for c in columns)
        cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
        head = f"<thead><tr><td></td>{cells}</tr></thead>"
    body = []
    for row in [*rows, *([last] if matrix.total else [])]:
        if row is None:
            body.append(f"<tr><th>{GAP}</th></tr>")
            continue
        kinds = ("mark" * (row == matrix.mark), "total" * (matrix.total and row == last))
        cells = "".join(cell_html(matrix, heat, row, column) for column in columns)
        rest = range(len(columns), min(count, STRIP)) if matrix.columns is None else range(0)
        body.append(
            f'<tr class="{" ".join(kinds).strip()}"><th scope="row">{escape(matrix.rows[row])}</th>'
            f"{cells}{strip_html(matrix, heat, row, rest)}</tr>"
        )
    caption = f'{prose(matrix.name)} <span class="shape">{matrix.shape}</span>'
    return (
        f'<figure class="{matrix.heat.value}"><figcaption>{caption}</figcaption>'
        f"<table>{head}<tbody>{''.join(body)}</tbody></table></figure>"
    )


def heats(matrix: Matrix) -> np.ndarray:
    """How strong each cell's colour is: 0 to 1."""
    size = np.abs(matrix.values).astype(np.float64)
    return size if matrix.heat is Heat.weight else size / (size.max() or 1)


def cell_html(matrix: Matrix, heat: np.ndarray, row: int, column: int | None) -> str:
    """A number on its colour."""
    if column is None:
        return f"<td>{GAP}</td>"
    kind = kind_of(matrix, row, column) + " strong" * bool(heat[row, column] >= STRONG[matrix.heat])
    style = f"--v:{heat[row, column]:.2f}"
    return f'<td class="{kind.strip()}" style="{style}">{matrix.written(row, column)}</td>'


def strip_html(matrix: Matrix, heat: np.ndarray, row: int, columns: range) -> str:
    """The rest of a vector, as colours alone."""
    if not columns:
        return ""
    colours = "".join(
        f'<i class="{kind_of(matrix, row, c)}" style="--v:{heat[row, c]:.2f}"></i>' for c in columns
    )
    return f'<td class="strip"><div>{colours}</div></td>'


def kind_of(matrix: Matrix, row: int, column: int) -> str:
    """The class of a number below 0."""
    return "n" if matrix.values[row, column] < 0 else ""


def table_html(table: Table) -> str:
    """A table, with bars behind its rows."""

    def line(cells: list[str], tag: str, kind: str = "", bar: float | None = None) -> str:
        texts = "".join(
            f'<{tag} class="{"text" if column < table.texts else "figure"}">{escape(text)}</{tag}>'
            for column, text in enumerate(cells)
        )
        drawn = "" if bar is None else f'<td class="bar"><i style="--v:{bar:.4f}"></i></td>'
        return f'<tr class="{kind}">{texts}{drawn}</tr>'

    body = []
    for row in kept(len(table.rows), ROWS, table.mark or 0):
        if row is None:
            body.append(line([GAP] * len(table.head), "td"))
            continue
        bar = None if table.bars is None else table.bars[row]
        body.append(line(table.rows[row], "td", "mark" * (row == table.mark), bar))
    foot = f"<tfoot>{line(table.total, 'td', 'total')}</tfoot>" if table.total else ""
    return (
        f"<figure><table><thead>{line(table.head, 'th')}</thead>"
        f"<tbody>{''.join(body)}</tbody>{foot}</table></figure>"
    )
