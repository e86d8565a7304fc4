"""Texts to translations: batches, order, limits, and what is flagged."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from seq2seq.config import DecodingConfig
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.errors import UserError
from seq2seq.search.lengths import penalty_of
from seq2seq.translator import Translator
from tests.translator.conftest import BEAM, GREEDY, SOURCES, assert_same, in_batches_of, searches


@searches
@pytest.mark.parametrize(("name", "tolerance"), [("translator", 1e-10), ("translator32", 1e-4)])
def test_a_translation_does_not_depend_on_its_batch(request, name, tolerance, options):
    translator = request.getfixturevalue(name)
    together = translator.translate(SOURCES, options)
    alone = [translator.translate([src], options)[0] for src in SOURCES]
    assert_same(together, alone, tolerance)
    assert_same(translator.translate(SOURCES, in_batches_of(3, options)), alone, tolerance)
    shuffled = np.random.default_rng(0).permutation(len(SOURCES)).tolist()
    moved = translator.translate([SOURCES[i] for i in shuffled], in_batches_of(3, options))
    assert_same(moved, [alone[i] for i in shuffled], tolerance)


@pytest.fixture
def three_threads():
    """As many workers, where there are batches enough."""
    before = torch.get_num_threads()
    yield lambda: torch.set_num_threads(3)
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "options",
    [
        GREEDY, BEAM, DecodingConfig(samples=3, max_length=12),
        DecodingConfig(samples=8, mbr=True, n_best=2, epsilon=0.02, max_length=12),
    ],
    ids=lambda options: options.name,
)  # fmt: skip
def test_batches_done_at_once_give_what_they_give_in_turn(translator, three_threads, options):
    ensemble = Translator(
        translator.model, translator.tokenizer, translator.cleaning, others=[translator.model]
    )
    options, prefixes = replace(options, batch_sentences=2), ["Le"] * len(SOURCES)
    in_turn = ensemble.translate(SOURCES, options, prefixes=prefixes, align=True)
    three_threads()
    at_once = ensemble.translate(SOURCES, options, prefixes=prefixes, align=True)
    assert_same(at_once, in_turn, 1e-10)
    links = [[str(c.alignment) for c in t.candidates] for t in in_turn]
    assert [[str(c.alignment) for c in t.candidates] for t in at_once] == links


def test_the_fixture_has_translations_that_end_and_some_that_are_cut(translator):
    for options in (GREEDY, BEAM):
        ended = [t.candidates[0].finished for t in translator.translate(SOURCES, options)]
        assert set(ended) == {True, False}


@searches
@torch.inference_mode()
def test_scores_equal_those_of_forced_decoding(translator, options):
    for src_ids in translator.encode(SOURCES):
        for h in translator.search([src_ids], options)[0]:
            batch = Batch.from_ids([src_ids], [h.ids])
            hidden = translator.model(batch.src, batch.tgt_in).hidden
            log_probs = translator.model.logits(hidden).log_softmax(-1)
            chosen = log_probs.gather(2, batch.tgt_out[..., None])[0, :, 0]
            length = len(h.ids) + h.finished
            log_prob = chosen[:length].sum().item()
            assert h.log_probability == pytest.approx(log_prob, abs=1e-9)
            penalty = penalty_of(options)(length)
            assert h.score == pytest.approx(log_prob / penalty, abs=1e-9)


@searches
def test_order_is_kept_and_blank_texts_stay_blank(translator, options):
    texts = ["", SOURCES[0], "  \t", *SOURCES[1:], ""]
    translations = translator.translate(texts, options)
    assert [t.src for t in translations] == texts
    assert [t.src for t in translations if not t.candidates] == ["", "  \t", ""]
    assert all(t.text == "" for t in translations if not t.candidates)
    full = [t for t in translations if t.candidates]
    assert_same(full, translator.translate(SOURCES, options), 1e-10)


def test_nothing_is_translated_to_nothing(translator):
    assert translator.translate([]) == []
    assert translator.translate(["", " "])[1].text == ""


@pytest.mark.parametrize("n_best", [1, 3, 5])
def test_an_n_best_list_has_that_many_translations_in_order(translator, n_best):
    options = DecodingConfig(beam=5, n_best=n_best)
    for t in translator.translate(SOURCES, options):
        assert len(t.candidates) == n_best
        scores = [c.score for c in t.candidates]
        assert scores == sorted(scores, reverse=True)
        assert t.text == t.candidates[0].text


@pytest.mark.parametrize("max_length", [1, 4])
@pytest.mark.parametrize("beam", [1, 5])
def test_the_length_limit_counts_the_end(translator, beam, max_length):
    options = DecodingConfig(beam=beam, n_best=beam, max_length=max_length)
    for t in translator.translate(SOURCES, options):
        for c in t.candidates:
            assert len(c.pieces) + c.finished <= max_length


def test_too_long_a_sentence_is_refused_with_its_number(translator):
    limit = translator.model.config.max_length - 1
    longest = "e" * 300
    while len(translator.tokenizer.encode([longest])[0]) > limit:
        longest = longest[:-1]
    assert len(translator.translate([longest], GREEDY)) == 1
    with pytest.raises(UserError, match=rf"^sentence 2 has .* at most {limit}:"):
        translator.translate(["yes", longest + "eeee"])
    with pytest.raises(UserError, match=r"^sentence 1026 has "):
        translator.translate(["yes", longest + "eeee"], first=1025)


@searches
def test_what_is_written_up_to_the_models_limit_can_be_aligned(translator, options):
    limit = translator.model.config.max_length
    long = DecodingConfig(beam=options.beam, n_best=options.n_best, max_length=10 * limit)
    cut = 0
    for src_ids in translator.encode(SOURCES):
        for h in translator.search([src_ids], long)[0]:
            attention = translator.align_ids([(src_ids, h.ids)])[0]
            assert len(attention.tgt_pieces) == len(h.ids) + 1 <= limit
            cut += not h.finished
    assert cut > 0


def test_a_translation_is_text_without_pieces(translator):
    for t in translator.translate(SOURCES, BEAM):
        for c in t.candidates:
            assert not any(mark in c.text for mark in ("▁", "<s>", "</s>", "<pad>"))
            joined = "".join(c.pieces).replace("<unk>", "⁇").replace("▁", " ")
            assert joined.replace(" ", "") == c.text.replace(" ", "")


def test_padding_is_never_attended(translator):
    ids = translator.encode(SOURCES[:2])
    batch = Batch.from_ids(ids, ids)
    decoded = translator.model.decode(
        batch.tgt_in, translator.model.encode(batch.src), weights_of=range(2)
    )
    padding = (batch.src == PAD_ID)[None, :, None, None].expand_as(decoded.cross_attention)
    assert padding.any()
    assert torch.all(decoded.cross_attention[padding] == 0)


def test_a_translation_that_loops_is_flagged(translator):
    """The untrained model with a lure to repeat itself."""
    options = DecodingConfig(beam=1, max_length=40, min_length=30)
    flags = {t.flag for t in translator.translate(SOURCES, options)}
    assert "repetition" in flags
    assert translator.translate([""])[0].flag is None


def test_translating_imports_nothing_heavy():
    code = (
        "import sys, seq2seq.translator, seq2seq.cli.main, seq2seq.cli.translate\n"
        "heavy = {'datasets', 'hydra', 'omegaconf', 'sacrebleu', 'matplotlib', 'tensorboard'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
