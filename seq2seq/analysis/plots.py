"""Pictures of cross-attention, on a 0-1 scale: rows are target pieces (or words), columns source.

All of them are drawn here, for TensorBoard, scripts and guides alike.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seq2seq.alignment.weights import Alignment, CrossAttention
from seq2seq.analysis.alignment_error import AlignmentErrors

CELL = 0.34  # inches
LONG = 40  # pieces or words, from which on cells and names shrink
FONT = 10  # points
LETTER = 0.09  # inches, of that size
LINE = 0.17  # inches
WIDEST = 100  # inches; what is larger takes gigabytes to draw
COLOURS = "viridis"
TEXT: dict[str, Any] = {"parse_math": False}  # a dollar is a dollar, not the start of a formula


def mean_figure(attention: CrossAttention, title: str = "") -> Figure:
    """The mean over all blocks and heads, large enough to read every piece."""
    return map_figure(
        attention.mean_TS,
        attention.src_pieces,
        attention.tgt_pieces,
        title or "cross-attention, mean of all heads",
    )


def words_figure(alignment: Alignment, title: str = "") -> Figure:
    """The aligning heads between words, with what ``</s>`` takes as the last column."""
    return map_figure(
        alignment.weights_TS,
        [*alignment.src_words, "</s>"],
        alignment.tgt_words,
        title or "cross-attention between words, mean of the aligning heads",
    )


def map_figure(
    weights_TS: NDArray[np.float32], columns: list[str], rows: list[str], title: str
) -> Figure:
    """One map with a name at every row and column."""
    cell, size = (CELL, FONT) if max(len(rows), len(columns)) <= LONG else (CELL / 2, 0.6 * FONT)
    letter = LETTER * size / FONT
    width = 1.9 + letter * longest(rows) + cell * len(columns)
    lines = len(_wrapped(title, width))
    height = 1.0 + LINE * lines + letter * longest(columns) + cell * len(rows)
    figure = Figure(figsize=(width, height), layout="compressed")
    axes = figure.add_subplot()
    image = _draw(axes, weights_TS)
    axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=size, **TEXT)
    axes.set_yticks(range(len(rows)), rows, fontsize=size, **TEXT)
    axes.set_xlabel("source (read)")
    axes.set_ylabel("target (written)")
    _set_title(figure, title)
    figure.colorbar(image, ax=axes, shrink=0.8, label="weight")
    return figure


def errors_figure(errors: AlignmentErrors, title: str = "") -> Figure:
    """Alignment error rates in percent: blocks are rows, heads and their mean columns."""
    blocks, columns = next(iter(errors.rates.values())).shape
    size = (max(8, 2 + 2 * CELL * columns), max(3.2, 1.5 + CELL * blocks))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(errors.rates), squeeze=False)[0]
    for axes, (reading, rates) in zip(panels, errors.rates.items(), strict=True):
        axes.imshow(rates, cmap=f"{COLOURS}_r", vmin=0, vmax=1, aspect="auto")
        axes.set_xticks(range(columns), [*map(str, range(1, columns)), "mean"])
        axes.set_yticks(range(blocks), map(str, range(1, blocks + 1)))
        axes.set(xlabel="head", ylabel="block", title=f"{reading.value} reading")
        for (block, head), rate in np.ndenumerate(rates):
            shade = "black" if rate < 0.5 else "white"
            axes.text(head, block, f"{100 * rate:.0f}", ha="center", va="center", color=shade)
    _set_title(figure, f"alignment error rate, percent{f': {title}' if title else ''}")
    return figure


@dataclass(frozen=True)
class Panel:
    """One map of several that are compared."""

    title: str
    weights_TS: NDArray[np.float32]
    columns: list[str]
    rows: list[str]


def panels_figure(panels: list[Panel], title: str) -> Figure:
    """Maps side by side, each with names of its own."""
    widths = [0.4 + LETTER * longest(p.rows) + CELL * len(p.columns) for p in panels]
    heights = [0.9 + LETTER * longest(p.columns) + CELL * len(p.rows) for p in panels]
    figure = Figure(figsize=(sum(widths), max(heights)), layout="compressed")
    cells = [len(panel.columns) for panel in panels]
    row = figure.subplots(1, len(panels), squeeze=False, width_ratios=cells)[0]
    for axes, panel in zip(row, panels, strict=True):
        _draw(axes, panel.weights_TS)
        axes.set_title(panel.title, fontsize=FONT, **TEXT)
        axes.set_xticks(range(len(panel.columns)), panel.columns, rotation=90, **TEXT)
        axes.set_yticks(range(len(panel.rows)), panel.rows, **TEXT)
    _set_title(figure, title)
    return figure


def heads_figure(attention: CrossAttention, title: str = "") -> Figure:
    """Every block (rows of the grid) and head (columns of the grid)."""
    blocks, heads, rows, columns = attention.weights_LHTS.shape
    cell = min(CELL / 2, WIDEST / max(heads * columns, blocks * rows))
    size = 0.6 * FONT * cell / (CELL / 2)
    figure = Figure(
        figsize=(heads * (0.5 + cell * columns) + 1.2, blocks * (0.5 + cell * rows) + 1.2),
        layout="constrained",
    )
    grid = figure.subplots(blocks, heads, squeeze=False, sharex=True, sharey=True)
    for block in range(blocks):
        for head in range(heads):
            axes = grid[block, head]
            _draw(axes, attention.weights_LHTS[block, head])
            axes.set_title(f"block {block + 1}, head {head + 1}", fontsize=7)
            axes.set_xticks(
                range(columns), attention.src_pieces, rotation=90, fontsize=size, **TEXT
            )
            axes.set_yticks(range(rows), attention.tgt_pieces, fontsize=size, **TEXT)
    _set_title(figure, title or "cross-attention of every block and head")
    return figure


def longest(names: list[str]) -> int:
    """Letters of the longest name."""
    return max(map(len, names), default=0)


def _set_title(figure: Figure, title: str) -> None:
    """Write the title above everything, in as many lines as the width needs."""
    lines = _wrapped(title, figure.get_figwidth())
    figure.suptitle("\n".join(lines), fontsize=FONT, **TEXT)


def _wrapped(title: str, width: float) -> list[str]:
    """A title in lines of at most ``width`` inches."""
    return textwrap.wrap(title, int(width / LETTER))


def _draw(axes: Axes, weights_TS: NDArray[np.float32]):  # type: ignore[no-untyped-def]  # AxesImage
    """One map on the fixed scale, so that pictures can be compared."""
    rows, columns = (max(size, 1) for size in weights_TS.shape)  # a translation may be empty
    edges = (-0.5, columns - 0.5, rows - 0.5, -0.5)
    return axes.imshow(weights_TS, cmap=COLOURS, vmin=0, vmax=1, aspect="equal", extent=edges)
