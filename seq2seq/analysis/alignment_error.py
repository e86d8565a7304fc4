"""Which heads align, and how well: error rates on gold links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.alignment.error_rate import score_links
from seq2seq.alignment.links import argmax_links
from seq2seq.alignment.weights import AligningHead, Reading, without_sinks
from seq2seq.data.gold import GoldPair
from seq2seq.translator import Translator

MOST_HEADS = 4  # that are averaged

Maps = list[NDArray[np.float32]]  # one of every sentence pair, sinks left out


@dataclass(frozen=True)
class AlignmentErrors:
    """Alignment error rates between 0 and 1.

    Attributes:
        rates: For each reading (L, H + 1): every block and head; the last column is the mean of
            the block's heads.
        heads: Those that align best together, by their mean.
        aer: Error rate of that mean.
    """

    rates: dict[Reading, NDArray[np.float64]]
    heads: list[AligningHead]
    aer: float

    def of(self, head: AligningHead) -> float:
        """The rate of one head alone."""
        return float(self.rates[head.reading][head.layer, -1 if head.head is None else head.head])

    def best(self, reading: Reading) -> AligningHead:
        """The single head (or mean of a block) of the lowest rate in one reading."""
        layers, columns = self.rates[reading].shape
        return min(all_heads([reading], layers, columns - 1), key=self.of)


def alignment_errors(translator: Translator, gold: Sequence[GoldPair]) -> AlignmentErrors:
    """Force-decode the gold pairs, and score the argmax links of every head and of the best few."""
    config = translator.model.config
    heads = all_heads(list(Reading), config.decoder_layers, config.heads)
    maps = word_maps(translator, gold, heads)
    alone = {head: error_rate(maps[head], gold) for head in heads}
    rates = {
        reading: np.array([alone[head] for head in heads if head.reading is reading]).reshape(
            config.decoder_layers, config.heads + 1
        )
        for reading in Reading
    }
    chosen, aer = choose(maps, alone, gold)
    return AlignmentErrors(rates, chosen, aer)


def choose(
    maps: dict[AligningHead, Maps], alone: dict[AligningHead, float], gold: Sequence[GoldPair]
) -> tuple[list[AligningHead], float]:
    """Begin with the best head, and add the one that helps most for as long as one helps."""
    best = min(alone, key=alone.__getitem__)
    chosen, aer, total = [best], alone[best], maps[best]
    while len(chosen) < MOST_HEADS:
        sums = {head: [a + b for a, b in zip(total, maps[head], strict=True)] for head in maps}
        together = {head: error_rate(sums[head], gold) for head in maps if head not in chosen}
        best = min(together, key=together.__getitem__)
        if together[best] >= aer:
            break
        chosen, aer, total = [*chosen, best], together[best], sums[best]
    return chosen, aer


def all_heads(readings: list[Reading], layers: int, heads: int) -> list[AligningHead]:
    """Every head, and the mean of every block after its heads."""
    return [
        AligningHead(reading, layer, head)
        for reading in readings
        for layer in range(layers)
        for head in (*range(heads), None)
    ]


def word_maps(
    translator: Translator, gold: Sequence[GoldPair], heads: list[AligningHead]
) -> dict[AligningHead, Maps]:
    """The maps of every head between the words of the gold pairs, sinks left out."""
    maps: dict[AligningHead, Maps] = {head: [] for head in heads}
    attentions = translator.align_texts([(pair.src, pair.tgt) for pair in gold])
    for attention, pair in zip(attentions, gold, strict=True):
        words = {r: attention.to_words(r, pair.src_words, pair.tgt_words) for r in Reading}
        for head in heads:
            weights_TS = words[head.reading].of(head)
            maps[head].append(without_sinks(weights_TS, pair.src_words, pair.tgt_words))
    return maps


def error_rate(maps: Maps, gold: Sequence[GoldPair]) -> float:
    """Error rate of one link for each target word: to where the map is darkest."""
    return score_links(map(argmax_links, maps), [pair.links for pair in gold]).aer
