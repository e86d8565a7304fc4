"""A peer to train beside this project: a plain loop over MarianMT of Hugging Face transformers."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seq2seq.config import ModelConfig
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID
from seq2seq.errors import UserError

if TYPE_CHECKING:
    from transformers import MarianMTModel


def marian(shape: ModelConfig, vocab_size: int) -> tuple[MarianMTModel, str]:
    """MarianMT (Junczys-Dowmunt et al. 2018) in the shape of one of our models, and its name.

    Raises:
        UserError: transformers is not installed.
    """
    try:
        from transformers import MarianConfig, MarianMTModel
    except ImportError as error:
        raise UserError("--peer needs transformers: pip install -e '.[peers]'") from error
    config = MarianConfig(
        vocab_size=vocab_size, decoder_vocab_size=vocab_size, d_model=shape.width,
        encoder_layers=shape.encoder_layers, decoder_layers=shape.decoder_layers,
        encoder_ffn_dim=shape.ffn_width, decoder_ffn_dim=shape.ffn_width,
        encoder_attention_heads=shape.heads, decoder_attention_heads=shape.heads,
        dropout=shape.dropout, attention_dropout=shape.attention_dropout,
        activation_function="relu", scale_embedding=True, tie_word_embeddings=True,
        share_encoder_decoder_embeddings=True, max_position_embeddings=shape.max_length,
        pad_token_id=PAD_ID, bos_token_id=BOS_ID, eos_token_id=EOS_ID,
        decoder_start_token_id=BOS_ID, forced_eos_token_id=None,
    )  # fmt: skip
    return MarianMTModel(config), f"MarianMT of transformers {version('transformers')}"


class MarianPeer:
    """MarianMT, and its update."""

    def __init__(
        self, shape: ModelConfig, vocab_size: int, label_smoothing: float, autocast: torch.autocast
    ) -> None:
        """Build the model and its optimizer, where ``autocast`` computes.

        Raises:
            UserError: transformers is not installed.
        """
        model, self.name = marian(shape, vocab_size)
        self.label_smoothing = label_smoothing
        self.autocast = autocast
        self.model = model.to(autocast.device).train()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True)

    def update(self, batch: Batch) -> Tensor:
        """One update; the loss of the batch, per target token in nats."""
        with self.autocast:
            logits_BTV = self.model(
                input_ids=batch.src,
                attention_mask=(batch.src != PAD_ID).long(),
                decoder_input_ids=batch.tgt_in,
                use_cache=False,
            ).logits
            loss = F.cross_entropy(
                logits_BTV.flatten(0, 1), batch.tgt_out.flatten(), ignore_index=PAD_ID,
                label_smoothing=self.label_smoothing,
            )  # fmt: skip
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.detach()
