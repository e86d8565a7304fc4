"""How many operations training takes: what a rate is measured by, on any machine.

A weight of a matrix costs a token one multiplication and one addition forward, and twice that
backward (for the gradients of the inputs and of the weight): 6 × weights × tokens (Kaplan et al.
2020, section 2.1). In an encoder-decoder the two sides count apart::

    source tokens: the encoder's matrices, and the key and value projections of cross-attention
    target tokens: the decoder's other matrices, and the embedding table as output projection

Looking up an embedding multiplies nothing. The products of attention itself, norms and dropout are
left out, and so is everything done for padding or twice: the rate is that of useful work.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from seq2seq.model.transformer import Transformer


@dataclass(frozen=True)
class MatrixWeights:
    """Numbers of weights that every token is multiplied by.

    Attributes:
        src: For a source token.
        tgt: For a target token.
    """

    src: int
    tgt: int

    def training_operations(self, src_tokens: int, tgt_tokens: int) -> int:
        """Floating-point operations of a forward and a backward pass over real tokens."""
        return 6 * (self.src * src_tokens + self.tgt * tgt_tokens)


def matrix_weights(model: Transformer) -> MatrixWeights:
    """Count the weights of a model's matrices by the side whose tokens they meet."""
    cross = [block.cross_attention for block in model.decoder.blocks]
    memory = sum(weights_in(part) for c in cross for part in (c.key, c.value))
    return MatrixWeights(
        src=weights_in(model.encoder) + memory,
        tgt=weights_in(model.decoder) - memory + model.embedding.pieces.weight.numel(),
    )


def weights_in(module: nn.Module) -> int:
    """Weights of all linear maps in a module, biases left out."""
    return sum(m.weight.numel() for m in module.modules() if isinstance(m, nn.Linear))
