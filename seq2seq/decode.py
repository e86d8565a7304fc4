"""One batch of source ids to hypotheses, by what ``DecodingConfig`` asks for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from seq2seq.config import DecodingConfig
from seq2seq.data.batches import pad
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID
from seq2seq.model.transformer import DecoderState, Transformer
from seq2seq.search.beam import beam_search
from seq2seq.search.constraints import Constrained, constrain
from seq2seq.search.ensemble import EnsembleState, ensemble
from seq2seq.search.greedy import greedy
from seq2seq.search.hypothesis import Hypothesis, State, Step
from seq2seq.search.lengths import limit, penalty_of
from seq2seq.search.sampling import Distribution, sample, uniforms


@torch.inference_mode()
def decode(
    models: Sequence[Transformer],
    src_ids: Sequence[list[int]],
    options: DecodingConfig,
    prefixes: Sequence[list[int]],
) -> list[list[Hypothesis]]:
    """Candidates of each sentence: by score, best first, or samples in the order of drawing.

    Args:
        models: One, or several that are averaged.
        src_ids: N sentences, without ``</s>``.
        options: How to decode. Minimum Bayes risk gets all that it chooses from.
        prefixes: What each translation begins with; none, or N.

    Raises:
        UserError: A forced beginning or the least length is longer than what may be written.
    """
    device = models[0].embedding.pieces.weight.device
    room = min(model.config.max_length for model in models) - 1
    forced: Sequence[list[int]] = prefixes or [[] for _ in src_ids]
    limits = [
        limit(len(ids), len(prefix), options, room)
        for ids, prefix in zip(src_ids, forced, strict=True)
    ]
    src_BS = pad([[*ids, EOS_ID] for ids in src_ids]).to(device)
    step, state = start(models, src_BS, options.beam, max(limits))
    never = (PAD_ID, BOS_ID) if options.samples else ()  # draws come upon the unlikeliest
    if any(forced) or options.min_length > 1 or never:
        step = constrain(step, min_length=options.min_length, eos_id=EOS_ID, never=never)
        state = Constrained.start(state, forced, device)
    limits_N = torch.tensor(limits, device=device)
    penalty = penalty_of(options)
    if options.samples:
        each = options.samples
        rows_R = torch.arange(len(limits), device=device).repeat_interleave(each)
        state.keep(rows_R)
        drawn = sample(
            step, state, limits_N[rows_R],
            uniforms(src_ids, options.seed, each, limits).flatten(0, 1).to(device),
            Distribution(options.temperature, options.top_k, options.top_p, options.epsilon),
            penalty=penalty, bos_id=BOS_ID, eos_id=EOS_ID,
        )  # fmt: skip
        return [drawn[first : first + each] for first in range(0, len(drawn), each)]
    if options.beam == 1:
        found = greedy(step, state, limits_N, penalty=penalty, bos_id=BOS_ID, eos_id=EOS_ID)
        return [[h] for h in found]
    return beam_search(
        step, state, limits_N, beams=options.beam,
        n_best=options.beam if options.mbr else options.n_best,
        penalty=penalty, bos_id=BOS_ID, eos_id=EOS_ID,
    )  # fmt: skip


def start(
    models: Sequence[Transformer], src_BS: Tensor, beams: int, longest: int
) -> tuple[Step[Any], State]:
    """A step that gives log-probabilities, and its state before the first one."""
    states = [model.start(src_BS, beams, longest) for model in models]
    steps = [partial(log_probs, model) for model in models]
    if len(models) == 1:
        return steps[0], states[0]
    return ensemble(steps), EnsembleState(states)


def log_probs(model: Transformer, last_NW: Tensor, state: DecoderState) -> Tensor:
    """(N, W) last ids to (N, W, V) log-probabilities."""
    return model.step(last_NW, state).log_softmax(dim=-1)
