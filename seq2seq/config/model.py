"""The shape of the transformer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from seq2seq.options import option, require


class Norm(Enum):
    """Where layer normalisation stands: before each sublayer or after the residual sum."""

    pre = "pre"
    post = "post"


@dataclass(kw_only=True)
class ModelConfig:
    """Shape of the encoder-decoder transformer (Vaswani et al. 2017)."""

    width: int = option(128, "Width D of every layer's input and output.")
    heads: int = option(4, "Attention heads; they share the width between them.")
    ffn_width: int = option(512, "Inner width of the feed-forward sublayers.")
    encoder_layers: int = option(4, "Encoder blocks.")
    decoder_layers: int = option(4, "Decoder blocks, each with its own cross-attention.")
    dropout: float = option(0.1, "Dropout on embeddings and sublayer outputs.")
    attention_dropout: float = option(0.0, "Dropout on attention weights.")
    norm: Norm = option(Norm.pre, "Layer normalisation before (pre) or after (post) a sublayer.")
    max_length: int = option(512, "Longest sequence in tokens, </s> included.")

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        require(self.heads >= 1, "model.heads must be at least 1")
        require(self.width >= 2 and self.width % 2 == 0, "model.width must be even and at least 2")
        require(
            self.width % self.heads == 0,
            f"model.width={self.width} is not a multiple of model.heads={self.heads}",
        )
        require(
            self.width // self.heads % 2 == 0,
            "model.width / model.heads must be even: rotary positions turn pairs of dimensions",
        )
        require(
            min(self.ffn_width, self.encoder_layers, self.decoder_layers) >= 1,
            "model.ffn_width and the numbers of layers must be at least 1",
        )
        for name in ("dropout", "attention_dropout"):
            require(0 <= getattr(self, name) < 1, f"model.{name} must be in [0, 1)")
        require(self.max_length >= 2, "model.max_length must be at least 2")
