"""A trained transformer as a model of CTranslate2 (https://opennmt.net/CTranslate2).

A *spec* of CTranslate2 is a tree of named arrays. Ours has a place for everything but the order of
heads: CTranslate2 returns the attention of the first heads of one decoder block, so the head that
aligns best becomes the first of its block. Heads are summed, so their order changes no output.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from seq2seq.alignment.weights import AligningHead
from seq2seq.config import ModelConfig, Norm
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, UNK_ID
from seq2seq.export.folder import BESIDE_WEIGHTS, copy_files, new_folder
from seq2seq.export.library import ctranslate2
from seq2seq.model.attention import MultiHeadAttention
from seq2seq.model.blocks import FeedForward, Residual
from seq2seq.model.embedding import Embedding
from seq2seq.model.rotary import BASE
from seq2seq.model.transformer import Transformer
from seq2seq.options import require_defaults
from seq2seq.run import Run
from seq2seq.translator import Translator

if TYPE_CHECKING:
    from ctranslate2 import specs

SHAPE = {
    "width", "heads", "ffn_width", "encoder_layers", "decoder_layers", "norm", "max_length",
    "dropout", "attention_dropout",  # which end with the training
}  # fmt: skip


def export_ctranslate2(
    run: Run, translator: Translator, out: Path, quantization: str | None = None
) -> None:
    """Write ``run`` to ``out`` as a folder for CTranslate2, with all that raw text needs beside it.

    Args:
        run: The run.
        translator: The same, opened.
        out: A new folder.
        quantization: Type of the weights in CTranslate2's words, ``int8`` say; None: float32.

    Raises:
        UserError: ``out`` holds something already, or CTranslate2 has no such model.
    """
    spec = build_spec(
        translator.model, translator.tokenizer.vocabulary(), translator.aligning_heads[0]
    )
    spec.validate()
    spec.optimize(quantization=quantization)
    with new_folder(out) as folder:
        spec.save(str(folder))
        copy_files(run, BESIDE_WEIGHTS, folder)


def build_spec(
    model: Transformer, vocabulary: list[str], head: AligningHead
) -> specs.TransformerSpec:
    """The model as CTranslate2 knows it.

    Args:
        model: On the CPU.
        vocabulary: The V pieces in the order of their ids.
        head: Whose cross-attention ``return_attention`` gives; its reading is the caller's affair.

    Raises:
        UserError: The model has an option that CTranslate2 lacks.
    """
    config = model.config
    require_defaults(config, SHAPE, "cannot be exported to CTranslate2")
    spec = _empty_spec(config, head)
    _set_embedding(spec.encoder, spec.encoder.embeddings[0], model.embedding)
    _set_embedding(spec.decoder, spec.decoder.embeddings, model.embedding)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    _set_encoder(spec.encoder, model)
    _set_decoder(spec.decoder, model, head)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.unk_token, spec.config.bos_token = vocabulary[UNK_ID], vocabulary[BOS_ID]
    spec.config.eos_token = vocabulary[EOS_ID]
    spec.config.decoder_start_token = vocabulary[BOS_ID]
    spec.config.add_source_eos = True
    spec.config.layer_norm_epsilon = model.encoder.blocks[0].around_ffn.norm.eps
    return spec


def _empty_spec(config: ModelConfig, head: AligningHead) -> specs.TransformerSpec:
    """A tree of the model's shape; with rotary positions it has no others to add."""
    options = {
        "pre_norm": config.norm is Norm.pre,
        "activation": ctranslate2.specs.Activation.RELU,
        "rotary_dim": config.width // config.heads,
        "rotary_base": BASE,
        "rotary_interleave": False,
    }
    encoder = ctranslate2.specs.TransformerEncoderSpec(
        config.encoder_layers, config.heads, **options
    )
    del encoder.position_encodings
    decoder = ctranslate2.specs.TransformerDecoderSpec(
        config.decoder_layers,
        config.heads,
        alignment_layer=head.layer,
        alignment_heads=config.heads if head.head is None else 1,  # the mean of the first so many
        **options,
    )
    return ctranslate2.specs.TransformerSpec(encoder, decoder)


def _set_embedding(
    side: specs.TransformerEncoderSpec | specs.TransformerDecoderSpec,
    table: specs.EmbeddingsSpec,
    embedding: Embedding,
) -> None:
    """Pieces times √D."""
    table.weight = _array(embedding.pieces.weight)
    side.scale_embeddings = embedding.scale


def _set_encoder(spec: specs.TransformerEncoderSpec, model: Transformer) -> None:
    unchanged_D = order_of_heads(model.config, None)
    for layer, block in zip(spec.layer, model.encoder.blocks, strict=True):
        _set_attention(
            layer.self_attention, block.self_attention, block.around_attention, unchanged_D
        )
        _set_feed_forward(layer.ffn, block.feed_forward, block.around_ffn)
    if isinstance(model.encoder.norm, nn.LayerNorm):
        _set_norm(spec.layer_norm, model.encoder.norm)


def _set_decoder(
    spec: specs.TransformerDecoderSpec, model: Transformer, head: AligningHead
) -> None:
    unchanged_D = order_of_heads(model.config, None)
    for number, (layer, block) in enumerate(zip(spec.layer, model.decoder.blocks, strict=True)):
        order_D = order_of_heads(model.config, head.head) if number == head.layer else unchanged_D
        _set_attention(layer.self_attention, block.self_attention, block.around_self, unchanged_D)
        _set_attention(layer.attention, block.cross_attention, block.around_cross, order_D)
        _set_feed_forward(layer.ffn, block.feed_forward, block.around_ffn)
    if isinstance(model.decoder.norm, nn.LayerNorm):
        _set_norm(spec.layer_norm, model.decoder.norm)


def order_of_heads(config: ModelConfig, first: int | None) -> NDArray[np.int64]:
    """(D,) the model's dimensions by head, those of head ``first`` before all others."""
    heads = sorted(range(config.heads), key=lambda head: head != first)
    order_D: NDArray[np.int64] = np.arange(config.width).reshape(config.heads, -1)[heads].ravel()
    return order_D


def _set_attention(
    spec: specs.MultiHeadAttentionSpec,
    attention: MultiHeadAttention,
    around: Residual,
    order_D: NDArray[np.int64],
) -> None:
    """CTranslate2 joins the projections that read the same: all three, or keys and values."""
    _set_norm(spec.layer_norm, around.norm)
    projections = [
        (_array(linear.weight)[order_D], _array(linear.bias)[order_D])
        for linear in (attention.query, attention.key, attention.value)
    ]
    *inputs, output = spec.linear
    joined = [projections] if len(inputs) == 1 else [projections[:1], projections[1:]]
    for linear, group in zip(inputs, joined, strict=True):
        linear.weight, linear.bias = map(np.concatenate, zip(*group, strict=True))
    output.weight = _array(attention.output.weight)[:, order_D]
    output.bias = _array(attention.output.bias)


def _set_feed_forward(spec: specs.FeedForwardSpec, ffn: FeedForward, around: Residual) -> None:
    _set_norm(spec.layer_norm, around.norm)
    for linear, ours in ((spec.linear_0, ffn.inner), (spec.linear_1, ffn.outer)):
        linear.weight, linear.bias = _array(ours.weight), _array(ours.bias)


def _set_norm(spec: specs.LayerNormSpec, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().float().numpy()
    return array
