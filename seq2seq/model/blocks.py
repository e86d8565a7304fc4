"""The blocks of encoder and decoder, and the residual frame around their sublayers.

Shape letters are explained in ``attention.py``.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from seq2seq.config import ModelConfig, Norm
from seq2seq.model.attention import KeyValueCache, KeyValues, MultiHeadAttention
from seq2seq.model.dropout import Dropout
from seq2seq.model.rotary import Rotation


class Residual(nn.Module):
    """The frame of every sublayer: residual sum, dropout, and layer normalisation.

    pre-norm:  x + dropout(sublayer(norm(x)))      (Xiong et al. 2020)
    post-norm: norm(x + dropout(sublayer(x)))      (Vaswani et al. 2017)
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build one norm and one dropout."""
        super().__init__()
        self.pre = config.norm is Norm.pre
        self.norm = nn.LayerNorm(config.width)
        self.dropout = Dropout(config.dropout)

    def enter(self, x: Tensor) -> Tensor:
        """The sublayer's input."""
        return self.norm(x) if self.pre else x

    def leave(self, x: Tensor, y: Tensor) -> Tensor:
        """The residual sum of the stream ``x`` and the sublayer's output ``y``."""
        x = x + self.dropout(y)
        return x if self.pre else self.norm(x)


class FeedForward(nn.Module):
    """max(0, x W₁ + b₁) W₂ + b₂, at every position alike (Vaswani et al. 2017, equation 2)."""

    def __init__(self, config: ModelConfig) -> None:
        """Build both matrices."""
        super().__init__()
        self.inner = nn.Linear(config.width, config.ffn_width)
        self.outer = nn.Linear(config.ffn_width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        """(…, D) to (…, D)."""
        return self.outer(F.relu(self.inner(x)))


class EncoderBlock(nn.Module):
    """Self-attention over the source, then feed-forward."""

    def __init__(self, config: ModelConfig) -> None:
        """Build both sublayers."""
        super().__init__()
        self.self_attention = MultiHeadAttention(
            config.width, config.heads, dropout=config.attention_dropout
        )
        self.feed_forward = FeedForward(config)
        self.around_attention = Residual(config)
        self.around_ffn = Residual(config)

    def forward(self, x_BSD: Tensor, rotation: Rotation, mask_B11S: Tensor) -> Tensor:
        """(B, S, D) to (B, S, D)."""
        h = self.around_attention.enter(x_BSD)
        memory = self.self_attention.keys_values(h, rotation)
        y = self.self_attention(h, memory, rotation=rotation, mask=mask_B11S).output
        x = self.around_attention.leave(x_BSD, y)
        return self.around_ffn.leave(x, self.feed_forward(self.around_ffn.enter(x)))


class DecoderBlock(nn.Module):
    """Causal self-attention (what was written), cross-attention (what was read), feed-forward."""

    def __init__(self, config: ModelConfig, memory_width: int) -> None:
        """Build the three sublayers for a memory of ``memory_width`` M."""
        super().__init__()
        self.self_attention = MultiHeadAttention(
            config.width, config.heads, dropout=config.attention_dropout
        )
        self.cross_attention = MultiHeadAttention(
            config.width, config.heads, memory_width=memory_width, dropout=config.attention_dropout
        )
        self.feed_forward = FeedForward(config)
        self.around_self = Residual(config)
        self.around_cross = Residual(config)
        self.around_ffn = Residual(config)

    def forward(
        self,
        x_BTD: Tensor,
        rotation: Rotation,
        memory: KeyValues,
        mask_B11S: Tensor,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """All T positions at once: (B, T, D), and the cross-attention weights if asked for."""
        h = self.around_self.enter(x_BTD)
        written = self.self_attention.keys_values(h, rotation)
        y = self.self_attention(h, written, rotation=rotation, causal=True).output
        x = self.around_self.leave(x_BTD, y)
        return self._read(x, memory, mask_B11S, need_weights)

    def step(
        self,
        x_NWD: Tensor,
        rotation: Rotation,
        past: KeyValueCache,
        ancestry_N1WS: Tensor | None,
        memory: KeyValues,
        mask_N11S: Tensor,
    ) -> Tensor:
        """One more position of W beams of N sentences: (N, W, D) to (N, W, D).

        The beams of a sentence stand where the T positions stood: attention treats each of its
        queries alike, so one projected memory serves all beams, and one cache of what was written,
        of which each beam sees its ancestors' cells (all cells where W is 1).
        """
        h_NWD = self.around_self.enter(x_NWD)
        written = past.append(self.self_attention.keys_values(h_NWD, rotation))
        y_NWD = self.self_attention(h_NWD, written, rotation=rotation, mask=ancestry_N1WS).output
        return self._read(self.around_self.leave(x_NWD, y_NWD), memory, mask_N11S)[0]

    def _read(
        self, x: Tensor, memory: KeyValues, mask: Tensor, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Cross-attention and feed-forward."""
        read = self.cross_attention(
            self.around_cross.enter(x), memory, mask=mask, need_weights=need_weights
        )
        x = self.around_cross.leave(x, read.output)
        x = self.around_ffn.leave(x, self.feed_forward(self.around_ffn.enter(x)))
        return x, read.weights
