"""Every number of one sentence's way through cross-attention, observed in the model itself.

One forward pass is recorded by hooks; what attention does with it is then computed step by step.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.alignment.words import piece_texts, shares, words
from seq2seq.analysis.explain.observe import (
    Calls,
    Stream,
    block_parts,
    causal_map,
    recorded,
    stream,
    to_array,
)
from seq2seq.analysis.explain.steps import Array, HeadSteps, steps
from seq2seq.candidate import END
from seq2seq.config import DecodingConfig
from seq2seq.data.batches import Batch
from seq2seq.data.cleaning import normalize
from seq2seq.data.tokenizer import EOS_ID
from seq2seq.errors import UserError
from seq2seq.model.blocks import DecoderBlock
from seq2seq.model.transformer import Memory, Transformer
from seq2seq.options import require
from seq2seq.translator import Translator

START = "<s>"
GUESSES = 5  # likeliest next pieces that are shown


@dataclass(frozen=True)
class Sentence:
    """One side of the pair: ids and pieces without special ones."""

    text: str
    ids: list[int]
    pieces: list[str]

    @property
    def words(self) -> list[str]:
        """Words as alignments have them."""
        return words("".join(piece_texts(self.pieces)))

    def pieces_of(self, word: int) -> list[int]:
        """Numbers of the pieces that hold letters of a word."""
        texts = piece_texts(self.pieces)
        share_P = shares(texts, self.words)[:, word]
        return [p for p, text in enumerate(texts) if share_P[p] and text.strip()]


@dataclass(frozen=True)
class Guess:
    """A piece that may come next, and its probability."""

    piece: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What comes next after the followed row.

    Attributes:
        written: The piece that stands there in the target.
        rank: Its place among all V pieces, counted from 1.
        guesses: The likeliest pieces.
        vocab_size: V.
    """

    written: Guess
    rank: int
    guesses: list[Guess]
    vocab_size: int


@dataclass(frozen=True)
class Hidden:
    """A source word, the weight it has in the row, and the written piece's probability unread."""

    word: str
    weight: float
    probability: float


@dataclass(frozen=True)
class Explanation:
    """A sentence pair on its way through one block and head, and what comes of it.

    Attributes:
        src: The source.
        tgt: The target.
        forced: The target was given; otherwise it is the model's own greedy translation.
        word: The target word that is followed.
        layer: Decoder block, counted from 0; ``layers`` is how many there are.
        head: Head, counted from 0; ``heads`` is how many there are.
        memory_SD: The encoder's final output.
        same_memory: For every decoder block: did it receive exactly that?
        steps: Cross-attention of the head; its row is the one that predicts ``word``.
        model_weights_TS: The weights that the model itself returns for the head.
        written_TT: Causal self-attention of the same block and head.
        stream: What passes through the block.
        prediction: What the model says comes next at that row.
        hidden: The same prediction with each source word hidden in turn.
    """

    src: Sentence
    tgt: Sentence
    forced: bool
    word: str
    layer: int
    layers: int
    head: int
    heads: int
    memory_SD: Array
    same_memory: list[bool]
    steps: HeadSteps
    model_weights_TS: Array
    written_TT: Array
    stream: Stream
    prediction: Prediction
    hidden: list[Hidden]


@torch.inference_mode()
def explain(
    translator: Translator,
    text: str,
    *,
    target: str | None = None,
    word: str | None = None,
    layer: int | None = None,
    head: int | None = None,
) -> Explanation:
    """Follow one target word through the model.

    Args:
        translator: A trained model.
        text: The source.
        target: Its translation; default: the model's own, by greedy search.
        word: A word of the target, in whatever case; default: the first with letters.
        layer: Decoder block, counted from 0; default: that of the first aligning head.
        head: Head, counted from 0; default: the first aligning head, if it is of the block, or
            the one whose row for the word has the lowest entropy.

    Raises:
        UserError: A text is empty or too long, or there is no such word, block or head.
    """
    model = translator.model
    _check_range("block", layer, model.config.decoder_layers)
    _check_range("head", head, model.config.heads)
    src = read_sentence(translator, text, "sentence")
    if target is None:
        tgt = greedy_translation(translator, src)
    else:
        tgt = read_sentence(translator, target, "target")
    number = find_word(tgt, None if word is None else normalize(word, translator.cleaning))
    row = tgt.pieces_of(number)[0]
    batch = Batch.from_ids([src.ids], [tgt.ids]).to(translator.device)
    blocks = model.decoder.blocks
    with recorded(block_parts(blocks)) as seen:
        memory = model.encode(batch.src)
        decoded = model.decode(batch.tgt_in, memory, weights_of=range(len(blocks)))
    assert decoded.cross_attention is not None  # all were asked for
    weights_LHTS = decoded.cross_attention[:, 0].cpu().numpy()
    layer, head = pick_head(translator, weights_LHTS[:, :, row], layer, head)
    return Explanation(
        src=src,
        tgt=tgt,
        forced=target is not None,
        word=tgt.words[number],
        layer=layer,
        layers=len(blocks),
        head=head,
        heads=model.config.heads,
        memory_SD=to_array(memory.states[0]),
        same_memory=[torch.equal(seen[b.cross_attention.key].input, memory.states) for b in blocks],
        steps=head_steps(blocks[layer], seen, head, src, tgt, row),
        model_weights_TS=weights_LHTS[layer, head],
        written_TT=causal_map(model.decoder, layer, seen, head),
        stream=stream(blocks[layer], seen),
        prediction=predict(translator, model.logits(decoded.hidden[0, row]), tgt, row),
        hidden=hide_words(model, src, batch, row, weights_LHTS[layer, head, row]),
    )


def read_sentence(translator: Translator, text: str, name: str) -> Sentence:
    """Pieces and words of a text; ``UserError`` if it has none or too many."""
    ids = translator.encode([text])[0]
    pieces = translator.tokenizer.split([normalize(text, translator.cleaning)])[0]
    sentence = Sentence(text, ids, pieces)
    require(bool(sentence.words), f"the {name} is empty: write a few words")
    return sentence


def greedy_translation(translator: Translator, src: Sentence) -> Sentence:
    """The model's own translation; ``UserError`` if it has no word to follow."""
    found = translator.translate([src.text], DecodingConfig(beam=1))[0].candidates[0]
    sentence = Sentence(found.text, found.ids, found.pieces)
    require(bool(sentence.words), "the model's translation is empty: give one with --target")
    return sentence


def find_word(tgt: Sentence, wish: str | None) -> int:
    """Number of the word that is wished for; without a wish, of the first that has letters."""
    if wish is None:
        lettered = (n for n, word in enumerate(tgt.words) if any(map(str.isalpha, word)))
        return next(lettered, 0)
    for number, word in enumerate(tgt.words):
        if word.casefold() == wish.strip().casefold():
            return number
    listed = textwrap.shorten(" ".join(tgt.words), 200, placeholder=" …")
    raise UserError(f"no word {wish!r} in the translation: choose one of {listed}")


def pick_head(
    translator: Translator, row_LHS: Array, layer: int | None, head: int | None
) -> tuple[int, int]:
    """The block and head to show, from the wishes and the defaults of ``explain``."""
    aligning = translator.aligning_heads[0]
    layer = aligning.layer if layer is None else layer
    if head is None and layer == aligning.layer:
        head = aligning.head
    if head is None:
        w_HS = row_LHS[layer]
        head = int((-w_HS * np.log(np.where(w_HS > 0, w_HS, 1))).sum(axis=-1).argmin())
    return layer, head


def head_steps(
    block: DecoderBlock, seen: Calls, head: int, src: Sentence, tgt: Sentence, row: int
) -> HeadSteps:
    """Cross-attention of one head, from the queries, keys and values that the block made."""
    cross = block.cross_attention
    queries_TK, keys_SK, values_SK = (
        to_array(seen[part].output[0].chunk(cross.heads, dim=-1)[head])
        for part in (cross.query, cross.key, cross.value)
    )
    return steps(
        queries_TK,
        keys_SK,
        values_SK,
        read=[START, *tgt.pieces],
        predicted=[*tgt.pieces, END],
        src=[*src.pieces, END],
        row=row,
    )


def predict(translator: Translator, logits_V: Tensor, tgt: Sentence, row: int) -> Prediction:
    """Probabilities of the next piece: softmax over the whole vocabulary."""
    probabilities_V = logits_V.float().softmax(dim=-1)
    best = probabilities_V.topk(min(GUESSES, len(probabilities_V))).indices.tolist()
    wanted = float(probabilities_V[[*tgt.ids, EOS_ID][row]])
    return Prediction(
        written=Guess([*tgt.pieces, END][row], wanted),
        rank=1 + int((probabilities_V > wanted).sum()),
        guesses=[
            Guess(piece, float(probabilities_V[i]))
            for piece, i in zip(translator.tokenizer.pieces(best), best, strict=True)
        ],
        vocab_size=len(probabilities_V),
    )


def hide_words(
    model: Transformer, src: Sentence, batch: Batch, row: int, weights_S: Array
) -> list[Hidden]:
    """The prediction of a row with each source word hidden from everyone, in turn.

    The word's positions are masked out of the encoder's self-attention and of cross-attention
    alike. Hidden from the decoder alone, it would still have left its mark on its neighbours.
    """
    found = []
    for number, word in enumerate(src.words):
        positions = src.pieces_of(number)
        mask_111S = torch.ones_like(batch.src, dtype=torch.bool)[:, None, None]
        mask_111S[..., positions] = False
        memory = Memory(model.encoder(model.embedding(batch.src), mask_111S), mask_111S)
        logits_V = model.logits(model.decode(batch.tgt_in, memory).hidden[0, row])
        probability = logits_V.float().softmax(dim=-1)[batch.tgt_out[0, row]]
        found.append(Hidden(word, float(weights_S[positions].sum()), float(probability)))
    return found


def _check_range(what: str, number: int | None, count: int) -> None:
    require(
        number is None or 0 <= number < count,
        f"there is no such {what}: the model has {what}s 1 to {count}",
    )
