"""The encoder-decoder transformer (Vaswani et al. 2017), with cross-attention in every block.

    src_BS ──▶ Encoder ──▶ Memory ──────┬──────────────┬───────────┐
                                        ▼              ▼           ▼
    tgt_BT ──▶ embeddings ──▶ DecoderBlock ──▶ DecoderBlock ──▶ … ──▶ hidden_BTD ──▶ logits_BTV

The encoder's final output, and nothing else of the source, is fed to every decoder block. Positions
are turns of the queries and keys of self-attention (``rotary.py``).
Shape letters are explained in ``attention.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seq2seq.config import ModelConfig, Norm
from seq2seq.model.attention import KeyValueCache, KeyValues, MultiHeadAttention
from seq2seq.model.blocks import DecoderBlock, EncoderBlock, FeedForward
from seq2seq.model.embedding import Embedding
from seq2seq.model.rotary import Rotary


@dataclass(frozen=True)
class Memory:
    """What the encoder hands to the decoder.

    Attributes:
        states: (B, S, D) final encoder states.
        mask: (B, 1, 1, S) boolean, True on real source positions.
    """

    states: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Decoded:
    """What the decoder returns.

    Attributes:
        hidden: (B, T, D) final states.
        cross_attention: (L, B, H, T, S) weights of the L blocks that were asked for; None for none.
    """

    hidden: Tensor
    cross_attention: Tensor | None


@dataclass
class DecoderState:
    """What decoding N sentences with W beams each carries from step to step.

    Attributes:
        memory: Keys and values of the encoder's output for every block, (N, H, S, K): projected
            once per sentence, shared by its beams.
        memory_mask: (N, 1, 1, S).
        past: What was written, for the self-attention of every block.
        ancestry: (N, W, S) boolean, True on the cells of ``past`` that each beam descends from.
        steps: Positions written.
    """

    memory: list[KeyValues]
    memory_mask: Tensor
    past: list[KeyValueCache]
    ancestry: Tensor
    steps: int = 0

    def keep(self, sentences: Tensor) -> None:
        """Go on with these of the N sentences only."""
        self.memory = [kv.select(sentences) for kv in self.memory]
        self.memory_mask = self.memory_mask[sentences]
        self.ancestry = self.ancestry[sentences]
        for cache in self.past:
            cache.keep(sentences)

    def reorder(self, parents_NW: Tensor) -> None:
        """Let beam w of each sentence go on from what was beam ``parents_NW[:, w]``."""
        cells = self.ancestry.shape[2]
        self.ancestry = self.ancestry.gather(1, parents_NW[..., None].expand(-1, -1, cells))

    def grow(self) -> Tensor | None:
        """Give every beam a cell of its own; (N, 1, W, S) which cells it sees, None for all."""
        n, beams, _ = self.ancestry.shape
        own_WW = torch.eye(beams, dtype=torch.bool, device=self.ancestry.device)
        self.ancestry = torch.cat([self.ancestry, own_WW.expand(n, -1, -1)], dim=2)
        self.steps += 1
        return self.ancestry[:, None] if beams > 1 else None


class Encoder(nn.Module):
    """A stack of encoder blocks."""

    def __init__(self, config: ModelConfig) -> None:
        """Build the blocks and, for pre-norm, the final norm."""
        super().__init__()
        self.blocks = cast(
            list[EncoderBlock],
            nn.ModuleList(EncoderBlock(config) for _ in range(config.encoder_layers)),
        )
        self.rotary = Rotary(config.width // config.heads)
        self.norm = final_norm(config)

    def forward(self, x_BSD: Tensor, mask_B11S: Tensor) -> Tensor:
        """(B, S, D) to (B, S, D)."""
        rotation = self.rotary(0, x_BSD.shape[1])
        for block in self.blocks:
            x_BSD = block(x_BSD, rotation, mask_B11S)
        return self.norm(x_BSD)


class Decoder(nn.Module):
    """A stack of decoder blocks that all attend to the same memory, of any width."""

    def __init__(self, config: ModelConfig, memory_width: int) -> None:
        """Build the blocks and, for pre-norm, the final norm."""
        super().__init__()
        self.head_width = config.width // config.heads
        self.heads = config.heads
        self.blocks = cast(
            list[DecoderBlock],
            nn.ModuleList(DecoderBlock(config, memory_width) for _ in range(config.decoder_layers)),
        )
        self.rotary = Rotary(self.head_width)
        self.norm = final_norm(config)

    def forward(
        self, x_BTD: Tensor, memory: Memory, *, weights_of: Collection[int] = ()
    ) -> Decoded:
        """(B, T, D) of embedded target positions to (B, T, D).

        Args:
            x_BTD: Embedded target positions.
            memory: What the encoder read.
            weights_of: Blocks, counted from 0, whose cross-attention weights are returned.
        """
        weights = []
        rotation = self.rotary(0, x_BTD.shape[1])
        for number, block in enumerate(self.blocks):
            keys_values = block.cross_attention.keys_values(memory.states)
            wanted = any(number == each for each in weights_of)  # `in` would not compile
            x_BTD, block_weights = block(
                x_BTD, rotation, keys_values, memory.mask, need_weights=wanted
            )
            if block_weights is not None:
                weights.append(block_weights)
        return Decoded(self.norm(x_BTD), torch.stack(weights) if weights else None)

    def start(self, memory: Memory, beams: int, max_length: int) -> DecoderState:
        """The state before the first step: projected memory, empty caches."""
        states, n, cells = memory.states, len(memory.states), beams * max_length
        return DecoderState(
            memory=[block.cross_attention.keys_values(states) for block in self.blocks],
            memory_mask=memory.mask,
            past=[
                KeyValueCache(n, self.heads, cells, self.head_width, like=states)
                for _ in self.blocks
            ],
            ancestry=torch.empty(n, beams, 0, dtype=torch.bool, device=states.device),
        )

    def step(self, x_NWD: Tensor, state: DecoderState) -> Tensor:
        """One more position: (N, W, D) to (N, W, D); ``state`` remembers it."""
        rotation = self.rotary(state.steps, 1)
        ancestry_N1WS = state.grow()
        for block, memory, past in zip(self.blocks, state.memory, state.past, strict=True):
            x_NWD = block.step(x_NWD, rotation, past, ancestry_N1WS, memory, state.memory_mask)
        return self.norm(x_NWD)


def final_norm(config: ModelConfig) -> nn.Module:
    """Pre-norm leaves the sum of all sublayers unnormalised: a last norm mends that."""
    return nn.LayerNorm(config.width) if config.norm is Norm.pre else nn.Identity()


class Transformer(nn.Module):
    """Source ids and target ids to logits, with one embedding table for all three places."""

    def __init__(self, config: ModelConfig, vocab_size: int, pad_id: int) -> None:
        """Build and initialise the model."""
        super().__init__()
        self.config = config
        self.pad_id = pad_id
        self.embedding = Embedding(config, vocab_size)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config, memory_width=config.width)
        self._initialise()

    def _initialise(self) -> None:
        """Linear weights: Xavier uniform; biases: 0; embeddings: N(0, 1/D); norms: identity.

        The last matrix of every sublayer is 0, so that each block begins as the identity and the
        residual stream as the embeddings (Zhang et al. 2019, Fixup; Bachlechner et al. 2021).
        """
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        for module in self.modules():
            if isinstance(module, MultiHeadAttention):
                nn.init.zeros_(module.output.weight)
            if isinstance(module, FeedForward):
                nn.init.zeros_(module.outer.weight)
        nn.init.normal_(self.embedding.pieces.weight, std=self.config.width**-0.5)

    def encode(self, src_BS: Tensor) -> Memory:
        """Read the source."""
        mask_B11S = (src_BS != self.pad_id)[:, None, None]
        return Memory(self.encoder(self.embedding(src_BS), mask_B11S), mask_B11S)

    def decode(
        self, tgt_BT: Tensor, memory: Memory, *, weights_of: Collection[int] = ()
    ) -> Decoded:
        """Teacher forcing: all target positions at once, each seeing itself and those before."""
        return self.decoder(self.embedding(tgt_BT), memory, weights_of=weights_of)

    def logits(self, hidden_D: Tensor) -> Tensor:
        """(…, D) final states to (…, V) logits, by the transposed embedding table."""
        return F.linear(hidden_D, self.embedding.pieces.weight)

    def forward(self, src_BS: Tensor, tgt_BT: Tensor, weights_of: Collection[int] = ()) -> Decoded:
        """Encode and decode.

        The vocabulary is the dearest part of a small model and nobody needs the logits of padding:
        they are made by ``logits``, or chunk by chunk by the loss, of the states that are wanted.

        Args:
            src_BS: Source ids.
            tgt_BT: Target ids that the decoder reads.
            weights_of: Blocks, counted from 0, whose cross-attention weights are returned.
        """
        return self.decode(tgt_BT, self.encode(src_BS), weights_of=weights_of)

    def start(self, src_BS: Tensor, beams: int, max_length: int) -> DecoderState:
        """Encode once and prepare to decode at most ``max_length`` steps."""
        return self.decoder.start(self.encode(src_BS), beams, max_length)

    def step(self, ids_NW: Tensor, state: DecoderState) -> Tensor:
        """(N, W) last ids of every beam to (N, W, V) logits of the next."""
        return self.logits(self.decoder.step(self.embedding(ids_NW), state))
