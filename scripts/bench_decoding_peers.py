"""Engines to be measured beside this project's decoder, on the same ids and with the same shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from bench_peer import marian

from seq2seq.data.batches import pad
from seq2seq.data.tokenizer import EOS_ID, PAD_ID
from seq2seq.model.transformer import Transformer

if TYPE_CHECKING:
    from transformers import MarianMTModel


class Engine(Protocol):
    """What translates."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Translate ids (without ``</s>``) sorted by length, and count those that are written."""


@dataclass(frozen=True)
class Marian:
    """MarianMT of Hugging Face, with random weights."""

    model: MarianMTModel
    length: int
    name: str

    @classmethod
    def like(cls, ours: Transformer, length: int) -> Marian:
        """The same shape; every translation has ``length`` ids.

        Raises:
            UserError: transformers is not installed.
        """
        model, name = marian(ours.config, ours.embedding.pieces.num_embeddings)
        return cls(model.to(ours.embedding.pieces.weight.device).eval(), length, name)

    @torch.inference_mode()
    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Generate batch by batch, with caches."""
        written = 0
        for start in range(0, len(sources), batch):
            src_BS = pad([[*ids, EOS_ID] for ids in sources[start : start + batch]])
            src_BS = src_BS.to(self.model.device)
            found_BT = self.model.generate(
                input_ids=src_BS, attention_mask=(src_BS != PAD_ID).long(), num_beams=beam,
                do_sample=False, min_new_tokens=self.length, max_new_tokens=self.length,
            )  # fmt: skip
            written += found_BT[:, 1:].numel()
        return written
