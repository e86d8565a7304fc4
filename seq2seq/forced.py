"""Teacher forcing: what models think of translations that are given, all positions at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.model.transformer import Transformer
from seq2seq.search.ensemble import log_mean

SENTENCES = 64  # read together


def forced_batches(
    pairs: Sequence[tuple[list[int], list[int]]], device: torch.device
) -> Iterator[tuple[list[int], Batch]]:
    """Pairs of ids in batches of targets of like lengths, with the numbers they have in ``pairs``.

    Args:
        pairs: Source and target ids, without special ones.
        device: Where the batches go.
    """
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][1]))
    for start in range(0, len(order), SENTENCES):
        rows = order[start : start + SENTENCES]
        src_ids, tgt_ids = zip(*(pairs[row] for row in rows), strict=True)
        yield rows, Batch.from_ids(list(src_ids), list(tgt_ids)).to(device)


@torch.inference_mode()
def forced_log_probs(models: Sequence[Transformer], batch: Batch) -> Tensor:
    """(B, T) log-probabilities of the target's ids and ``</s>``, 0 on padding.

    Of several models it is the logarithm of their mean probability, as in an ensemble.
    """
    real_BT = batch.tgt_out != PAD_ID
    right_P = batch.tgt_out[real_BT]  # P real positions
    each = []
    for model in models:
        logits_PV = model.logits(model(batch.src, batch.tgt_in).hidden[real_BT])
        each.append(-F.cross_entropy(logits_PV, right_P, reduction="none"))
    log_probs_P = log_mean(torch.stack(each))
    return log_probs_P.new_zeros(real_BT.shape).masked_scatter(real_BT, log_probs_P)
