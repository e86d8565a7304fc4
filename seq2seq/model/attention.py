"""Attention: one function, one module, and the caches that make decoding cheap.

Shapes live in names, here and everywhere in the project. The letters are

    B batch    S source length   D model width    H heads        V vocabulary
    N sentences  T target length   M memory width   K head width   W beam width

so ``scores_BHTS`` holds, for every sentence and head, one row of S scores for each of T positions.
Masks are boolean, and True means "may be attended".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seq2seq.model.rotary import Rotation

OPEN_SCORES = 64 * 64  # of one head: up to here the open path is the faster one on a CPU


@dataclass(frozen=True)
class Attended:
    """What attention returns.

    Attributes:
        output: (B, H, T, K) from ``attend``, (B, T, D) from ``MultiHeadAttention``.
        weights: (B, H, T, S) float32, before dropout, rows summing to 1; None unless asked for.
    """

    output: Tensor
    weights: Tensor | None = None


@dataclass(frozen=True)
class KeyValues:
    """Keys and values of S positions, (B, H, S, K) each."""

    keys: Tensor
    values: Tensor

    def select(self, rows: Tensor) -> KeyValues:
        """The same for some of the B rows."""
        return KeyValues(self.keys[rows], self.values[rows])


def attend(
    q_BHTK: Tensor,
    memory: KeyValues,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    dropout: float = 0.0,
    need_weights: bool = False,
) -> Attended:
    """Scaled dot-product attention, softmax(QKᵀ / √K) V (Vaswani et al. 2017, equation 1).

    There are two paths with one meaning: the fused kernel of PyTorch, and the same computation in
    the open, which has weights to return. On a CPU sentences take the open one as well: the kernel
    is made for maps too large to store, and its preparations cost more than small ones do. A single
    query is a product of a row, at which the kernel is better again.

    Args:
        q_BHTK: Queries.
        memory: Keys and values of S positions.
        mask: Boolean, broadcastable to (B, H, T, S); True may be attended. A query with nothing
            to attend gets zeros.
        causal: Position t attends to positions 0..t only (T must equal S, and mask be None).
        dropout: Probability of dropping a weight.
        need_weights: Return the weights.
    """
    keys, values = memory.keys, memory.values
    queries = q_BHTK.shape[2]
    small = q_BHTK.device.type == "cpu" and 1 < queries <= OPEN_SCORES // keys.shape[2]
    if not need_weights and not small:
        return Attended(
            F.scaled_dot_product_attention(
                q_BHTK, keys, values, attn_mask=mask, dropout_p=dropout, is_causal=causal
            )
        )
    if causal:
        mask = torch.ones(queries, keys.shape[2], dtype=torch.bool, device=keys.device).tril()
    scores_BHTS = q_BHTK @ keys.mT / math.sqrt(q_BHTK.shape[-1])
    scores_BHTS = scores_BHTS.to(torch.promote_types(scores_BHTS.dtype, torch.float32))
    if mask is not None:
        scores_BHTS = scores_BHTS.masked_fill_(~mask, torch.finfo(scores_BHTS.dtype).min)
    weights_BHTS = scores_BHTS.softmax(dim=-1)
    if mask is not None:
        weights_BHTS = weights_BHTS * mask  # rows with nothing to attend become zeros
    dropped_BHTS = F.dropout(weights_BHTS, dropout).to(values.dtype)
    return Attended(dropped_BHTS @ values, weights_BHTS.float() if need_weights else None)


class MultiHeadAttention(nn.Module):
    """H attentions side by side, each on its own K = D / H dimensions (Vaswani et al. 2017, 3.2.2).

    Self-attention and cross-attention are the same module; what differs is the memory. Queries come
    from ``x``, keys and values from any memory of any width::

        attention(x, attention.keys_values(x), causal=True)       # self: what was written
        attention(x, attention.keys_values(encoded), mask=real)   # cross: what was read

    Keys and values are projected by a call of its own, so that those of the encoder's output are
    computed once per sentence and reused at every decoding step. In self-attention both sides stand
    in one sentence, and a rotation tells how far apart; cross-attention asks for content alone.
    """

    def __init__(
        self, width: int, heads: int, *, memory_width: int | None = None, dropout: float = 0.0
    ) -> None:
        """Build for queries of ``width`` D and a memory of ``memory_width`` M (default: D)."""
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(memory_width or width, width)
        self.value = nn.Linear(memory_width or width, width)
        self.output = nn.Linear(width, width)

    def keys_values(self, memory_BSM: Tensor, rotation: Rotation | None = None) -> KeyValues:
        """Project a memory to the keys, turned by ``rotation``, and values of every head."""
        keys_BHSK = self._split(self.key(memory_BSM))
        if rotation is not None:
            keys_BHSK = rotation.turn(keys_BHSK)
        return KeyValues(keys_BHSK, self._split(self.value(memory_BSM)))

    def forward(
        self,
        x_BTD: Tensor,
        memory: KeyValues,
        *,
        rotation: Rotation | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
        need_weights: bool = False,
    ) -> Attended:
        """Attend from every position of ``x_BTD`` to the memory; the output keeps T positions."""
        q_BHTK = self._split(self.query(x_BTD))
        if rotation is not None:
            q_BHTK = rotation.turn(q_BHTK)
        attended = attend(
            q_BHTK,
            memory,
            mask=mask,
            causal=causal,
            dropout=self.dropout if self.training else 0.0,
            need_weights=need_weights,
        )
        output_BTD = attended.output.transpose(1, 2).flatten(2)
        return Attended(self.output(output_BTD), attended.weights)

    def _split(self, x_BTD: Tensor) -> Tensor:
        """(B, T, D) to (B, H, T, K)."""
        b, t, d = x_BTD.shape
        return x_BTD.view(b, t, self.heads, d // self.heads).transpose(1, 2)


class KeyValueCache:
    """Keys and values of what N sentences with W beams have written, in buffers made once.

    It belongs to one self-attention. The W beams of a sentence share its cells, W for every step;
    which of them belong to a beam's own past is for a mask to say (``DecoderState.ancestry``), so
    that nothing moves when beams change places.
    """

    def __init__(self, sentences: int, heads: int, cells: int, head_width: int, like: Tensor):
        """Room for a number of cells, with the dtype and device of ``like``."""
        self.keys_NHSK = like.new_empty(sentences, heads, cells, head_width)
        self.values_NHSK = like.new_empty(sentences, heads, cells, head_width)
        self.length = 0

    def append(self, new: KeyValues) -> KeyValues:
        """Store W more cells, (N, H, W, K), and return all."""
        end = self.length + new.keys.shape[2]
        self.keys_NHSK[:, :, self.length : end] = new.keys
        self.values_NHSK[:, :, self.length : end] = new.values
        self.length = end
        return KeyValues(self.keys_NHSK[:, :, :end], self.values_NHSK[:, :, :end])

    def keep(self, sentences: Tensor) -> None:
        """Go on with these of the N sentences only."""
        for name in ("keys_NHSK", "values_NHSK"):
            old = getattr(self, name)
            new = old.new_empty(len(sentences), *old.shape[1:])
            new[:, :, : self.length] = old[sentences, :, : self.length]
            setattr(self, name, new)
