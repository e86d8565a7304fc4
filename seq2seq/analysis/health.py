"""Is cross-attention healthy: where it looks, what it leaves out, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.alignment.weights import FULL_STOPS, CrossAttention, Reading
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.model.transformer import Memory, Transformer
from seq2seq.translator import Translator

ATTENDED = 0.1  # a source word to which no target word gives this much is left out


@dataclass(frozen=True)
class Health:
    """Figures of every block and head, (L, H) each, on pairs with their references.

    Attributes:
        entropy: Mean entropy of a row of weights over the real source pieces, in nats.
        sink_mass: Mean weight of ``</s>`` and the closing full stop, for all other target words.
        left_out: Share of source words to which no target word gives a tenth of its weight.
        loss_without: Mean loss of a target token without the head, in nats.
        loss: The same with all heads.
        loss_blind: The same without any cross-attention: what the decoder knows unread.
    """

    entropy: NDArray[np.float64]
    sink_mass: NDArray[np.float64]
    left_out: NDArray[np.float64]
    loss_without: NDArray[np.float64]
    loss: float
    loss_blind: float

    def scalars(self) -> dict[str, float]:
        """All figures by name: blocks and heads counted from 1."""
        found: dict[str, float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float):
                found[f"health/{field.name}"] = value
                continue
            for (layer, head), figure in np.ndenumerate(value):
                found[f"health_{field.name}/block{layer + 1}_head{head + 1}"] = float(figure)
        return found


def examine(translator: Translator, pairs: list[tuple[str, str]]) -> Health:
    """Look at cross-attention on pairs of texts.

    Raises:
        ValueError: There is no pair with words on both sides.
    """
    pairs = [pair for pair in pairs if all(side.strip() for side in pair)]
    if not pairs:
        raise ValueError("no sentence pair to examine")
    attentions = translator.align_texts(pairs)
    src_ids, tgt_ids = (translator.encode(list(side)) for side in zip(*pairs, strict=True))
    batch = Batch.from_ids(src_ids, tgt_ids).to(translator.device)
    model = translator.model
    with torch.inference_mode():
        memory = model.encode(batch.src)  # what is silenced is all in the decoder
    shape = (model.config.decoder_layers, model.config.heads)
    loss_without = np.empty(shape)
    for layer, head in np.ndindex(shape):
        with without_head(model, layer, head):
            loss_without[layer, head] = mean_loss(model, memory, batch)
    with without_cross_attention(model):
        loss_blind = mean_loss(model, memory, batch)
    return Health(
        entropy=mean_entropy(attentions),
        sink_mass=mean_sink_mass(attentions),
        left_out=share_left_out(attentions),
        loss_without=loss_without,
        loss=mean_loss(model, memory, batch),
        loss_blind=loss_blind,
    )


def mean_entropy(attentions: list[CrossAttention]) -> NDArray[np.float64]:
    """(L, H) mean over all rows of −Σ w log w, with 0 log 0 = 0."""
    rows = []
    for attention in attentions:
        w_LHTS = attention.weights_LHTS.astype(np.float64)
        rows.append(-(w_LHTS * np.log(np.where(w_LHTS > 0, w_LHTS, 1))).sum(axis=-1))
    mean: NDArray[np.float64] = np.concatenate(rows, axis=-1).mean(axis=-1)
    return mean


def mean_sink_mass(attentions: list[CrossAttention]) -> NDArray[np.float64]:
    """(L, H) mean weight on the sinks over target words that are no full stop themselves."""
    rows = []
    for attention in attentions:
        by_word = attention.to_words(Reading.output)
        kept = [word not in FULL_STOPS for word in by_word.tgt_words]
        sinks = [-1, -2] if FULL_STOPS.intersection(by_word.src_words[-1:]) else [-1]
        rows.append(by_word.weights_LHTS[:, :, kept][..., sinks].sum(axis=-1))
    mean: NDArray[np.float64] = np.concatenate(rows, axis=-1).mean(axis=-1, dtype=np.float64)
    return mean


def share_left_out(attentions: list[CrossAttention]) -> NDArray[np.float64]:
    """(L, H) share of source words that no target word attends to."""
    most = [
        attention.to_words(Reading.output).weights_LHTS[..., :-1].max(axis=2, initial=0)
        for attention in attentions
    ]
    share: NDArray[np.float64] = (np.concatenate(most, axis=-1) < ATTENDED).mean(axis=-1)
    return share


@torch.inference_mode()
def mean_loss(model: Transformer, memory: Memory, batch: Batch) -> float:
    """Negative log-likelihood of a target token, in nats."""
    real_BT = batch.tgt_out != PAD_ID
    logits_NV = model.logits(model.decode(batch.tgt_in, memory).hidden[real_BT])
    return float(F.cross_entropy(logits_NV.float(), batch.tgt_out[real_BT]))


@contextmanager
def without_head(model: Transformer, layer: int, head: int) -> Iterator[None]:
    """Silence one cross-attention head: the output projection does not read its K dimensions."""
    attention = model.decoder.blocks[layer].cross_attention
    width = model.decoder.head_width
    with zeroed(attention.output.weight[:, head * width : (head + 1) * width]):
        yield


@contextmanager
def without_cross_attention(model: Transformer) -> Iterator[None]:
    """Silence cross-attention in every block: the decoder goes on without the source."""
    outputs = [block.cross_attention.output for block in model.decoder.blocks]
    with zeroed(*(p for output in outputs for p in (output.weight, output.bias))):
        yield


@contextmanager
def zeroed(*parameters: Tensor) -> Iterator[None]:
    """Set parameters (or parts of them) to 0, and back to what they were."""
    with torch.no_grad():
        kept = [parameter.clone() for parameter in parameters]
        for parameter in parameters:
            parameter.zero_()
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, old in zip(parameters, kept, strict=True):
                parameter.copy_(old)
