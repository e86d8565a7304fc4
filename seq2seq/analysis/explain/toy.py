"""Cross-attention small enough for paper: 3 source tokens, 4 target tokens, width 3, one head.

The vectors are chosen, not learned; what is done with them is done by the model's ``attend``.
Read the three dimensions of queries and keys as "article", "noun", "adjective".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from seq2seq.analysis.explain.head_story import (
    head_matrices,
    maps_section,
    position_names,
    scores_section,
    softmax_section,
    source_names,
    sum_section,
    target_table,
    weights_section,
)
from seq2seq.analysis.explain.steps import Array, HeadSteps, steps
from seq2seq.analysis.explain.story import Formula, Matrix, Pieces, Section, Story, Table, fine
from seq2seq.model.attention import KeyValues, attend

SRC = ["the", "black", "cat"]
READ = ["<s>", "le", "chat", "noir"]
PREDICTED = ["le", "chat", "noir", "</s>"]
ROW = 1  # has read "le", predicts "chat"
HIDDEN = 2  # "cat"
MEMORY_SD = np.array([[1, 0, 0], [0, 1, 0], [0, 0.5, 1]], np.float32)
STATES_TD = np.array([[1, 0, 0], [0.5, 2, 0], [0, 0, 1], [1, 1, 1]], np.float32)
QUERY_DK = np.array([[2, 0, 0], [0, 1, 0], [0, 0, 2]], np.float32)
KEY_DK = np.array([[2, 0, 0], [0, 0, 2], [0, 2, 0]], np.float32)
VALUE_DK = np.array([[1, 0, 1], [0, 2, 0], [1, 0, 0]], np.float32)


@dataclass(frozen=True)
class Toy:
    """The toy's numbers.

    Attributes:
        steps: Cross-attention.
        written_TT: Causal self-attention of the decoder's states, with no projections at all.
        without_TS: Weights with the source token ``HIDDEN`` masked.
    """

    steps: HeadSteps
    written_TT: Array
    without_TS: Array


def toy() -> Toy:
    """Compute the toy."""
    walked = steps(
        STATES_TD @ QUERY_DK, MEMORY_SD @ KEY_DK, MEMORY_SD @ VALUE_DK,
        read=READ, predicted=PREDICTED, src=SRC, row=ROW,
    )  # fmt: skip
    states, q, k, v = (
        torch.from_numpy(x)[None, None]
        for x in (STATES_TD, walked.queries_TK, walked.keys_SK, walked.values_SK)
    )
    seen_S = torch.tensor([s != HIDDEN for s in range(len(SRC))])
    written = attend(states, KeyValues(states, states), causal=True, need_weights=True).weights
    without = attend(q, KeyValues(k, v), mask=seen_S, need_weights=True).weights
    assert written is not None
    assert without is not None
    return Toy(walked, written[0, 0].numpy(), without[0, 0].numpy())


def tell_toy(t: Toy) -> Story:
    """The walk of the toy."""
    s = t.steps
    return Story(
        title="“the black cat” → “le chat noir”, on paper",
        lead="Three source tokens, four target positions, vectors of three numbers and one head: "
        "small enough to check everything with a pocket calculator. The vectors are made up; what "
        "is done with them is done by the function that the real model attends with. Follow the "
        "row that has read “le” and has to predict “chat”.",
        sections=[
            Section(
                "Two sequences of tokens",
                [
                    "The encoder reads S = 3 source tokens. The decoder works on T = 4 target "
                    "positions: at each it reads the token before and has to predict the next.",
                    Pieces("source", SRC),
                    target_table(s),
                ],
            ),
            _given(s),
            _projections(s),
            scores_section(s),
            softmax_section(s),
            weights_section(
                s,
                "The query after “noir” gets the score 4 from every key. Equal scores, whatever "
                "they are, give equal weights: a third each.",
            ),
            sum_section(s),
            Section(
                "The output always has the decoder's length",
                [
                    "One such sum for each target position: four rows, though the source has "
                    "three tokens. With a single head there is nothing to put side by side, and "
                    "the output projection is left out here.",
                    Matrix("output (T×K)", s.output_TK, position_names(s), mark=s.row),
                ],
            ),
            maps_section(s, t.written_TT, "the only block, the only head"),
            _hidden(t),
        ],
    )


def _given(s: HeadSteps) -> Section:
    return Section(
        "What the encoder hands over, and what the decoder has",
        [
            "One vector for each source token, and one for each target position. In a model of "
            "several blocks every decoder block would receive the same encoder output.",
            Matrix("the encoder's final output (S×D)", MEMORY_SD, source_names(s)),
            Matrix("the decoder's states (T×D)", STATES_TD, position_names(s), mark=s.row),
        ],
    )


def _projections(s: HeadSteps) -> Section:
    names = ["1", "2", "3"]
    return Section(
        "Queries, keys and values",
        [
            "Queries come from the decoder; keys and values come from the encoder's final output. "
            "Keys say how a source token can be found, values say what it gives when it is found. "
            "Read the three columns of queries and keys as “article”, “noun” and “adjective”: the "
            "row that has read “le” asks for a noun (2), and a little for an article (1).",
            Formula("Q = decoder states · W_Q\nK = encoder output · W_K\nV = encoder output · W_V"),
            Matrix("W_Q (D×K)", QUERY_DK, names),
            Matrix("W_K (D×K)", KEY_DK, names),
            Matrix("W_V (D×K)", VALUE_DK, names),
            *head_matrices(s),
        ],
    )


def _hidden(t: Toy) -> Section:
    before_S, after_S = t.steps.weights_TS[ROW], t.without_TS[ROW]
    return Section(
        "Hide a word, and see",
        [
            f"A mask takes “{SRC[HIDDEN]}” out of the softmax: its weight is 0, and what is left "
            "is divided by what is left. A row of weights always sums to 1, so the others get "
            "more than they had, not because they fit better, but because nothing else is there.",
            Table(
                ["source token", "weight before", f"without “{SRC[HIDDEN]}”"],
                [
                    [name, fine(before), fine(after)]
                    for name, before, after in zip(SRC, before_S, after_S, strict=True)
                ],
                bars=after_S.tolist(),
                mark=HIDDEN,
                total=["sum", fine(before_S.sum()), fine(after_S.sum())],
            ),
        ],
    )
