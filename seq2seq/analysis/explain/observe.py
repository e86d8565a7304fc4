"""What passes through decoder blocks during a forward pass, seen by hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from seq2seq.analysis.explain.steps import Array
from seq2seq.model.blocks import DecoderBlock
from seq2seq.model.transformer import Decoder


@dataclass(frozen=True)
class Call:
    """What went into a module, first argument only, and what came out."""

    input: Tensor
    output: Any


Calls = dict[nn.Module, Call]


@contextmanager
def recorded(modules: Sequence[nn.Module]) -> Iterator[Calls]:
    """Keep what goes into modules and comes out while the block runs."""
    seen: Calls = {}

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: object) -> None:
        seen[module] = Call(inputs[0], output)

    hooks = [module.register_forward_hook(keep) for module in modules]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def block_parts(blocks: Sequence[DecoderBlock]) -> list[nn.Module]:
    """Modules whose inputs and outputs tell all that happens in the blocks."""
    parts: list[nn.Module] = []
    for b in blocks:
        cross = b.cross_attention
        parts += [b, b.self_attention.query, b.self_attention.output, b.feed_forward]
        parts += [cross.query, cross.key, cross.value, cross.output, b.feed_forward.outer]
    return parts


@dataclass(frozen=True)
class Stream:
    """What passes through one decoder block, and the sum that is left after each sublayer.

    Attributes:
        entered_TD: The block's input.
        after_self_TD: With what causal self-attention added.
        joined_TD: The outputs of all cross-attention heads side by side.
        projected_TD: The same after the output projection: what cross-attention adds.
        after_cross_TD: With it.
        inner_TF: Inside feed-forward, after max(0, ·).
        fed_TD: What feed-forward adds.
        left_TD: The block's output.
    """

    entered_TD: Array
    after_self_TD: Array
    joined_TD: Array
    projected_TD: Array
    after_cross_TD: Array
    inner_TF: Array
    fed_TD: Array
    left_TD: Array


def causal_map(decoder: Decoder, layer: int, seen: Calls, head: int) -> Array:
    """(T, T) self-attention weights of one head of block ``layer``."""
    attention = decoder.blocks[layer].self_attention
    h_1TD = seen[attention.query].input
    rotation = decoder.rotary(0, h_1TD.shape[1])
    written = attention.keys_values(h_1TD, rotation)
    attended = attention(h_1TD, written, rotation=rotation, causal=True, need_weights=True)
    return to_array(attended.weights[0, head])


def stream(block: DecoderBlock, seen: Calls) -> Stream:
    """What passed through a block."""
    cross, fed = seen[block.cross_attention.output], seen[block.feed_forward]
    entered = seen[block].input
    after_self = block.around_self.leave(entered, seen[block.self_attention.output].output)
    after_cross = block.around_cross.leave(after_self, cross.output)
    return Stream(
        entered_TD=to_array(entered[0]),
        after_self_TD=to_array(after_self[0]),
        joined_TD=to_array(cross.input[0]),
        projected_TD=to_array(cross.output[0]),
        after_cross_TD=to_array(after_cross[0]),
        inner_TF=to_array(seen[block.feed_forward.outer].input[0]),
        fed_TD=to_array(fed.output[0]),
        left_TD=to_array(seen[block].output[0][0]),
    )


def to_array(tensor: Tensor) -> Array:
    """The same numbers as float32 of NumPy."""
    found: Array = tensor.float().cpu().numpy()
    return found
