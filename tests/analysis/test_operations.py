"""Operations are counted as torch counts those of its matrix products."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from seq2seq.analysis.operations import matrix_weights
from seq2seq.training.loss import smoothed_cross_entropy
from tests.conftest import tiny_model

PRODUCTS = {torch.ops.aten.mm, torch.ops.aten.addmm}  # attention's own are bmm and sdpa


def test_the_count_is_that_of_the_products_of_an_unpadded_batch():
    model = tiny_model(encoder_layers=3).train()  # sides of different sizes
    src, tgt = torch.randint(4, 40, (2, 5)), torch.randint(4, 40, (2, 7))
    with FlopCounterMode(display=False) as counter:
        hidden_ND = model(src, tgt).hidden.flatten(0, 1)
        table_VD = model.embedding.pieces.weight
        smoothed_cross_entropy(hidden_ND, table_VD, tgt.flatten(), 0.1).loss.backward()
    counted = counter.get_flop_counts()["Global"]
    products = sum(counted.get(name, 0) for name in PRODUCTS)
    assert matrix_weights(model).training_operations(src.numel(), tgt.numel()) == products


def test_the_output_projection_is_counted_once_and_for_the_target_alone():
    small, large = (matrix_weights(tiny_model(vocab_size=size)) for size in (40, 140))
    assert small.src == large.src
    assert large.tgt - small.tgt == 100 * 16
