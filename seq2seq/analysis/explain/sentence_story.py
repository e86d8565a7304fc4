"""The walk-through of cross-attention, told with the numbers of an ``Explanation``."""

from __future__ import annotations

import numpy as np

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
from seq2seq.analysis.explain.story import (
    Formula,
    Matrix,
    Pieces,
    Section,
    Story,
    Table,
    fine,
    one_line,
    percent,
    signed,
    visible,
)
from seq2seq.analysis.explain.walk import Explanation


def tell(e: Explanation) -> Story:
    """The walk of a real sentence through a trained model."""
    return Story(
        title=f"“{one_line(e.src.text)}” → “{one_line(e.tgt.text)}”",
        lead=(
            f"How does the decoder find what to write? Follow “{visible(e.word)}” through decoder "
            f"block {e.layer + 1} of {e.layers}, cross-attention head {e.head + 1} of {e.heads}. "
            "All numbers but those of the last step come from one forward pass of the trained "
            "model."
        ),
        sections=[
            pieces_section(e),
            memory_section(e),
            projections_section(e),
            scores_section(e.steps),
            softmax_section(e.steps),
            weights_section(e.steps, checked(e)),
            sum_section(e.steps),
            output_section(e),
            maps_section(e.steps, e.written_TT, f"block {e.layer + 1}, head {e.head + 1}"),
            block_section(e),
            next_piece_section(e),
            hidden_section(e),
        ],
    )


def pieces_section(e: Explanation) -> Section:
    """What both sides consist of."""
    whose = "the translation that was given" if e.forced else "the model's own greedy translation"
    return Section(
        "Two sequences of pieces",
        [
            f"The encoder reads S = {len(e.steps.src)} source pieces. The decoder works on T = "
            f"{len(e.steps.read)} target positions ({whose}): at each of them it reads the piece "
            "before and has to predict the next. ▁ marks the start of a word, ␣ a no-break space.",
            Pieces("source", source_names(e.steps)),
            target_table(e.steps),
            f"The row followed from here on is the one that has to predict "
            f"“{visible(e.prediction.written.piece)}”.",
        ],
    )


def memory_section(e: Explanation) -> Section:
    """What the encoder hands over, and to whom."""
    same = sum(e.same_memory)
    return Section(
        "What the encoder hands over",
        [
            "The encoder reads the whole source at once. Its final output, one vector of D = "
            f"{e.memory_SD.shape[1]} numbers for each source piece, is all that the decoder ever "
            "learns about the source. It is computed once and stays the same while the "
            "translation grows.",
            Matrix("the encoder's final output (S×D)", e.memory_SD, source_names(e.steps)),
            "Every decoder block receives this very matrix: the output of the last encoder block, "
            "never that of an earlier one. Checked in this forward pass: "
            f"{same} of {e.layers} decoder blocks received exactly these numbers.",
        ],
    )


def projections_section(e: Explanation) -> Section:
    """Queries, keys and values of the real model."""
    return Section(
        "Queries, keys and values",
        [
            "Queries come from the decoder: its T normalised states, in which causal "
            "self-attention has gathered what was written so far. Keys and values come from the "
            "encoder's final output and from nowhere else. Three learned projections make them:",
            Formula(
                "Q = decoder states · W_Q + b_Q\n"
                "K = encoder output · W_K + b_K\n"
                "V = encoder output · W_V + b_V"
            ),
            f"The D = {e.memory_SD.shape[1]} columns are shared among {e.heads} heads, so each "
            f"works with K = {e.steps.head_width} of them. (The letter K has two meanings that "
            "everyone has got used to: the matrix of keys in QKᵀ, and the width in √K.)",
            *head_matrices(e.steps),
        ],
    )


def output_section(e: Explanation) -> Section:
    """All heads, put together and projected."""
    rows, row = position_names(e.steps), e.steps.row
    t, d = e.stream.projected_TD.shape
    first = e.head * e.steps.head_width
    return Section(
        "The output always has the decoder's length",
        [
            f"Each of the {e.heads} heads gives T×K; side by side they are T×D again, and W_O "
            f"mixes them. The sum above stands in columns {first + 1} to "
            f"{first + e.steps.head_width} of the followed row.",
            Formula("output = [head 1, head 2, …] · W_O + b_O"),
            Matrix("heads side by side (T×D)", e.stream.joined_TD, rows, mark=row),
            Matrix("output of cross-attention (T×D)", e.stream.projected_TD, rows, mark=row),
            f"{t}×{d}: one vector for each of the {t} target positions, however many pieces the "
            f"source has (here {len(e.steps.src)}): the source positions are what is summed over.",
        ],
    )


def block_section(e: Explanation) -> Section:
    """The residual stream of the followed row, and feed-forward."""
    s, row = e.stream, e.steps.row
    t, d = s.entered_TD.shape
    inner = s.inner_TF.shape[1]
    active = int((s.inner_TF[row] > 0).sum())
    sums = [
        ("enters the block", s.entered_TD),
        ("with self-attention", s.after_self_TD),
        ("with cross-attention", s.after_cross_TD),
        ("with feed-forward: leaves the block", s.left_TD),
    ]
    return Section(
        "The rest of the block",
        [
            "What each sublayer finds is added to the state of its position. Feed-forward then "
            f"works on every position alone: {d} numbers become {inner}, the negative ones are "
            f"set to 0 (here {active} of {inner} stay), and {inner} become {d} again.",
            Formula("feed-forward(x) = max(0, x · W₁ + b₁) · W₂ + b₂"),
            Table(
                ["state of the followed position", "shape of all", "norm of its vector"],
                [[name, f"{t}×{d}", f"{np.linalg.norm(x[row]):.2f}"] for name, x in sums],
            ),
            f"Cross-attention added a vector of norm {np.linalg.norm(s.projected_TD[row]):.2f}, "
            f"feed-forward one of norm {np.linalg.norm(s.fed_TD[row]):.2f}.",
        ],
    )


def next_piece_section(e: Explanation) -> Section:
    """Logits, probabilities, and the likeliest pieces."""
    p = e.prediction
    shown = [(n + 1, guess) for n, guess in enumerate(p.guesses)]
    if p.rank > len(shown):
        shown.append((p.rank, p.written))
    return Section(
        "The next piece",
        [
            f"After the last block (block {e.layers}) the position's state is multiplied with the "
            f"embedding of each of the V = {p.vocab_size:,} pieces: {p.vocab_size:,} logits. "
            "Softmax over them gives the probability of each piece to come next.",
            Table(
                ["rank", "next piece", "probability"],
                [[str(n), visible(g.piece), percent(g.probability)] for n, g in shown],
                bars=[guess.probability for _, guess in shown],
                mark=min(p.rank, len(shown)) - 1,
                texts=2,
            ),
        ],
    )


def hidden_section(e: Explanation) -> Section:
    """What the prediction owes to each source word."""
    p = e.prediction.written.probability
    most = min(e.hidden, key=lambda hidden: hidden.probability)
    rows = [["(none)", "", percent(p), ""]]
    for hidden in e.hidden:
        change = 100 * (hidden.probability - p)
        rows.append(
            [
                visible(hidden.word),
                f"{hidden.weight:.2f}",
                percent(hidden.probability),
                signed(f"{change:+.1f}"),
            ]
        )
    return Section(
        "Hide a word, and see",
        [
            f"What becomes of “{visible(e.prediction.written.piece)}” when a source word cannot "
            "be seen? The word is masked out of the encoder and of cross-attention both: hidden "
            "from the decoder alone, it would live on in its neighbours' states, for the encoder "
            "has mixed them. Its place stays empty; the other words keep theirs.",
            Table(
                ["hidden word", "weight in this head", "probability", "change in points"],
                rows,
                bars=[p, *(hidden.probability for hidden in e.hidden)],
                mark=1 + e.hidden.index(most),
            ),
            f"Least is left without “{visible(most.word)}”: {percent(most.probability)}. "
            "Weights say where one head looks. Hiding says what the prediction depends on, in "
            "all heads and blocks together. The two often agree, but they need not.",
        ],
    )


def checked(e: Explanation) -> str:
    """How far the numbers shown are from the model's own."""
    difference = float(np.abs(e.steps.weights_TS - e.model_weights_TS).max())
    size = "exactly 0" if difference == 0 else fine(difference)
    return (
        f"Checked: the largest difference to the weights that the model itself returns is {size}."
    )
