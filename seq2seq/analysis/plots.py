"""Pictures of cross-attention: rows are target pieces, columns source pieces, on a 0-1 scale."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seq2seq.alignment import CrossAttention

CELL = 0.34  # inches
LETTER = 0.09  # inches, of a title
COLOURS = "viridis"
TEXT: dict[str, Any] = {"parse_math": False}  # a dollar is a dollar, not the start of a formula


def mean_figure(attention: CrossAttention, title: str = "") -> Figure:
    """The mean over all blocks and heads, large enough to read every piece."""
    rows, columns = attention.mean_TS.shape
    figure = Figure(figsize=(2.6 + CELL * columns, 1.9 + CELL * rows), layout="constrained")
    axes = figure.add_subplot()
    image = _draw(axes, attention.mean_TS)
    axes.set_xticks(range(columns), attention.src_pieces, rotation=90, **TEXT)
    axes.set_yticks(range(rows), attention.tgt_pieces, **TEXT)
    axes.set_xlabel("source (read)")
    axes.set_ylabel("target (written)")
    _set_title(figure, title or "cross-attention, mean of all heads")
    figure.colorbar(image, ax=axes, shrink=0.8, label="weight")
    return figure


def heads_figure(attention: CrossAttention, title: str = "") -> Figure:
    """Every block (rows of the grid) and head (columns of the grid)."""
    blocks, heads, rows, columns = attention.weights_LHTS.shape
    cell = CELL / 2
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
            axes.set_xticks(range(columns), attention.src_pieces, rotation=90, fontsize=6, **TEXT)
            axes.set_yticks(range(rows), attention.tgt_pieces, fontsize=6, **TEXT)
    _set_title(figure, title or "cross-attention of every block and head")
    return figure


def _set_title(figure: Figure, title: str) -> None:
    """Write the title above everything, in as many lines as the width needs."""
    letters = int(figure.get_figwidth() / LETTER)
    figure.suptitle(textwrap.fill(title, letters), fontsize=10, **TEXT)


def _draw(axes: Axes, weights_TS: NDArray[np.float32]):  # type: ignore[no-untyped-def]  # AxesImage
    """One map on the fixed scale, so that pictures can be compared."""
    return axes.imshow(weights_TS, cmap=COLOURS, vmin=0, vmax=1, aspect="equal")
