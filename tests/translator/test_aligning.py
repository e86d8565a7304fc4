"""Cross-attention and word links of pairs and of translations."""

import shutil

import numpy as np
import pytest
import torch

from seq2seq.alignment.weights import AligningHead, Reading, align_words
from seq2seq.alignment.words import words
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import EOS_ID, UNK_ID
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.translator import Translator
from tests.conftest import PAIRS
from tests.translator.conftest import BEAM, GREEDY, SOURCES, assert_same, searches


def test_alignments_are_distributions_over_the_source_pieces(translator):
    src, tgt = PAIRS[2]
    attention = translator.align(src, tgt)
    src_ids, tgt_ids = translator.encode([src, tgt])
    assert attention.src_pieces == translator.tokenizer.pieces([*src_ids, EOS_ID])
    assert attention.tgt_pieces == translator.tokenizer.pieces([*tgt_ids, EOS_ID])
    assert attention.src_pieces[-1] == attention.tgt_pieces[-1] == "</s>"
    shape = (2, 2, len(tgt_ids) + 1, len(src_ids) + 1)
    assert attention.weights_LHTS.shape == shape
    assert attention.weights_LHTS.dtype == np.float32
    np.testing.assert_allclose(attention.weights_LHTS.sum(-1), 1, atol=1e-6)
    assert attention.mean_TS.shape == shape[2:]
    np.testing.assert_allclose(attention.mean_TS.sum(-1), 1, atol=1e-6)


@searches
@torch.inference_mode()
def test_an_alignment_holds_the_weights_that_predicted_each_piece(translator, options):
    """Of greedy and of beam hypotheses alike: row t belongs to the step that chose piece t."""
    src_ids = translator.encode(SOURCES)[1]
    for h in translator.search([src_ids], options)[0]:
        attention = translator.align_ids([(src_ids, h.ids)])[0]
        batch = Batch.from_ids([src_ids], [h.ids])
        memory = translator.model.encode(batch.src)
        for t in range(len(h.ids) + 1):
            decoded = translator.model.decode(batch.tgt_in[:, : t + 1], memory, weights_of=range(2))
            row = decoded.cross_attention[:, 0, :, -1].numpy()
            np.testing.assert_allclose(attention.weights_LHTS[:, :, t], row, atol=1e-6)


@pytest.mark.parametrize("together", [1, 3, 64])
def test_pairs_are_aligned_in_a_batch_as_one_by_one_and_in_order(translator, monkeypatch, together):
    monkeypatch.setattr("seq2seq.forced.SENTENCES", together)
    pairs = [*PAIRS, ("", "Oui."), ("Yes.", ""), ("", ""), *reversed(PAIRS)]
    for pair, found in zip(pairs, translator.align_texts(pairs), strict=True):
        alone = translator.align(*pair)
        assert (found.src_pieces, found.tgt_pieces) == (alone.src_pieces, alone.tgt_pieces)
        assert "".join(found.src_pieces[:-1]).replace("▁", " ").strip() == pair[0]
        np.testing.assert_allclose(found.weights_LHTS, alone.weights_LHTS, atol=1e-6)
    assert translator.align_texts([]) == []


def test_unknown_characters_are_kept_in_what_is_aligned(translator):
    pair = ("My 漢字 is na字ve.", "Mon 漢 est 日本.")
    attention = translator.align(*pair)
    for text, pieces, ids in zip(
        pair,
        (attention.src_pieces, attention.tgt_pieces),
        translator.encode(list(pair)),
        strict=True,
    ):
        assert "".join(pieces[:-1]).replace("▁", " ") == f" {text}"
        assert len(pieces) == len(ids) + 1
        assert UNK_ID in ids
    by_word = attention.to_words(Reading.input)
    assert (by_word.src_words, by_word.tgt_words) == (words(pair[0]), words(pair[1]))


def test_what_is_aligned_is_the_text_as_the_model_reads_it(translator):
    attention = translator.align(" Hello,   how are\u200b you?", "E\u0301te\u0301.")
    assert "".join(attention.src_pieces[:-1]) == "▁Hello,▁how▁are▁you?"
    assert "".join(attention.tgt_pieces[:-1]) == "▁Été."


def test_too_long_a_text_to_align_is_refused_with_its_number(translator):
    for pair in (("Yes.", "è" * 100), ("è" * 100, "Oui.")):
        with pytest.raises(UserError, match=r"^sentence 12 has .* split it$"):
            translator.align_texts([PAIRS[0], PAIRS[1], pair], first=10)


@searches
def test_aligned_translations_have_the_links_of_their_ids(translator, options):
    sources = ["", *SOURCES]
    translations = translator.translate(sources, options, align=True)
    assert_same(translations, translator.translate(sources, options), 1e-10)
    assert translations[0].alignment is None
    linked = 0
    for t, src_ids in zip(translations[1:], translator.encode(SOURCES), strict=True):
        assert t.alignment is t.candidates[0].alignment
        for c in t.candidates:
            found = c.alignment
            assert found is not None
            attention = translator.align_ids([(src_ids, c.ids)])[0]
            expected = align_words(attention, translator.aligning_heads)
            assert found.links == expected.links
            assert (found.src_words, found.tgt_words) == (words(t.src), expected.tgt_words)
            np.testing.assert_allclose(found.weights_TS, expected.weights_TS, atol=1e-6)
            assert found.weights_TS.shape == (len(found.tgt_words), len(found.src_words) + 1)
            assert all(s < len(found.src_words) for s, _ in found.links)
            assert all(t < len(found.tgt_words) for _, t in found.links)
            linked += len(found.links)
    assert linked > len(SOURCES)


def test_a_translated_text_keeps_its_unknown_characters_in_its_words(translator):
    text = "My 漢字 is na字ve."
    alignment = translator.translate([text], GREEDY, align=True)[0].alignment
    assert alignment.src_words == ["My", "漢字", "is", "na字ve", "."]
    np.testing.assert_allclose(alignment.weights_TS.sum(axis=1), 1, atol=1e-5)


def test_nobody_aligns_unasked(translator):
    for t in translator.translate(["", *SOURCES[:2]], BEAM):
        assert t.alignment is None
        assert all(c.alignment is None for c in t.candidates)


def test_the_heads_that_align_are_those_that_the_run_names(run_folder, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    default = [AligningHead(Reading.output, 1)]
    assert Translator.load(str(copy), device="cpu").aligning_heads == default
    chosen = [AligningHead(Reading.input, 0, 1), AligningHead(Reading.output, 1, 0)]
    Run.open(copy).save_aligning_heads(chosen, 0.2, "gold")
    translator = Translator.load(str(copy), device="cpu")
    assert translator.aligning_heads == chosen
    translation = translator.translate(SOURCES[:1], GREEDY, align=True)[0]
    src_ids = translator.encode(SOURCES[:1])[0]
    attention = translator.align_ids([(src_ids, translation.candidates[0].ids)])[0]
    maps = [attention.to_words(head.reading).of(head) for head in chosen]
    mean = (maps[0] + maps[1]) / 2
    np.testing.assert_allclose(translation.alignment.weights_TS, mean, atol=1e-6)
