"""The part of a walk-through that one head of attention is: told from its ``HeadSteps`` alone."""

from __future__ import annotations

import math

import numpy as np

from seq2seq.analysis.explain.steps import Array, HeadSteps
from seq2seq.analysis.explain.story import Formula, Heat, Matrix, Section, Table, fine, visible


def head_matrices(s: HeadSteps) -> list[Matrix]:
    """Q, K and V of one head."""
    return [
        Matrix("queries Q (T×K), from the decoder", s.queries_TK, position_names(s), mark=s.row),
        Matrix("keys K (S×K), from the encoder", s.keys_SK, source_names(s)),
        Matrix("values V (S×K), from the encoder", s.values_SK, source_names(s)),
    ]


def scores_section(s: HeadSteps) -> Section:
    """QKᵀ."""
    t, k = s.queries_TK.shape
    return Section(
        "Scores: every query meets every key",
        [
            Formula(f"scores = QKᵀ\nT×K times K×S is T×S: {t}×{k} · {k}×{len(s.src)}"),
            "A score is the dot product of one query and one key. It is large where what the "
            "decoder asks for agrees with what a source piece offers.",
            Matrix("scores QKᵀ (T×S)", s.scores_TS, position_names(s), source_names(s), mark=s.row),
        ],
    )


def softmax_section(s: HeadSteps) -> Section:
    """One row of scores, number by number."""
    x = s.softmax
    columns = zip(x.scores_S, x.scaled_S, x.exps_S, x.weights_S, strict=True)
    return Section(
        "One row of scores becomes one row of weights",
        [
            f"The row “{position_names(s)[s.row]}”, number by number. A score is a sum of "
            "K products, so its typical size grows with √K. The division by √K undoes that; "
            "without it softmax would give nearly all the weight to the largest score, and little "
            f"could be learned from the others. Subtracting the maximum ({fine(x.scaled_S.max())}) "
            "changes no weight; it keeps the exponentials from overflowing.",
            Formula("weights = softmax(QKᵀ / √K)"),
            Table(
                [
                    "source piece",
                    "score",
                    f"÷ √{s.head_width} = {math.sqrt(s.head_width):.3f}",
                    "exp(x − max)",
                    "÷ sum = weight",
                ],
                [
                    [name, *map(fine, numbers)]
                    for name, numbers in zip(source_names(s), columns, strict=True)
                ],
                bars=x.weights_S.tolist(),
                mark=int(x.weights_S.argmax()),
                total=["sum", "", "", fine(x.total), fine(x.weights_S.sum())],
            ),
        ],
    )


def weights_section(s: HeadSteps, *remarks: str) -> Section:
    """The softmax of all rows."""
    here, after = s.weights_TS[s.row], s.weights_TS[s.row + 1]
    names = source_names(s)
    return Section(
        "All weights: a row for each target position",
        [
            "The same for every row: one row of weights over the source per target position. "
            "Each row sums to 1.",
            Matrix(
                "weights softmax(QKᵀ/√K) (T×S)",
                s.weights_TS, position_names(s), names, Heat.weight, s.row,
            ),
            "A row is computed before its piece is known. The row that predicts "
            f"“{visible(s.predicted[s.row])}” looks most at “{names[here.argmax()]}” "
            f"({here.max():.2f}); the next one, which has read it, at “{names[after.argmax()]}” "
            f"({after.max():.2f}).",
            *remarks,
        ],
    )  # fmt: skip


def sum_section(s: HeadSteps) -> Section:
    """The weighted sum of the values."""
    weights = s.weights_TS[s.row]
    return Section(
        "The weighted sum of the values",
        [
            "The head's output at this position: every value times its weight, added up. What has "
            "next to no weight leaves next to no trace.",
            Formula(
                "output = softmax(QKᵀ / √K) V\none row: Σ weight · value, over the S source pieces"
            ),
            Matrix(
                "weight × value (S×K), and their sum",
                np.vstack([s.shares_SK, s.output_TK[s.row]]),
                [*map("{:.2f} × {}".format, weights, source_names(s)), "sum"],
                mark=int(weights.argmax()),
                total=True,
            ),
        ],
    )  # fmt: skip


def maps_section(s: HeadSteps, written_TT: Array, where: str) -> Section:
    """Causal self-attention beside cross-attention."""
    names = position_names(s)
    read = [visible(piece) for piece in s.read]
    return Section(
        "What I wrote, what I read",
        [
            f"Self-attention and cross-attention of the same place ({where}). In self-attention "
            "queries, keys and values all come from the decoder: the map is T×T, and causal: no "
            "position sees what comes after it, so all above the diagonal is 0 (a dot). In "
            "cross-attention keys and values come from the encoder: the map is T×S, and every "
            "position may look anywhere, because the source was read as a whole.",
            Matrix(
                "what I wrote: causal self-attention (T×T)",
                written_TT, names, read, Heat.weight, s.row,
            ),
            Matrix(
                "what I read: cross-attention (T×S)",
                s.weights_TS, names, source_names(s), Heat.weight, s.row,
            ),
        ],
    )  # fmt: skip


def target_table(s: HeadSteps) -> Table:
    """What is read and what is to be predicted at each of the T positions."""
    pairs = zip(s.read, s.predicted, strict=True)
    return Table(
        ["position", "reads", "predicts"],
        [
            [str(n), visible(read), visible(predicted)]
            for n, (read, predicted) in enumerate(pairs, 1)
        ],
        mark=s.row,
        texts=3,
    )


def source_names(s: HeadSteps) -> list[str]:
    """Names of the S source positions."""
    return [visible(piece) for piece in s.src]


def position_names(s: HeadSteps) -> list[str]:
    """Names of the T target positions: what is read there, and what comes next."""
    pairs = zip(s.read, s.predicted, strict=True)
    return [f"{visible(read)} → {visible(predicted)}" for read, predicted in pairs]
