import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from seq2seq.alignment.weights import AligningHead, Reading, align_words
from seq2seq.alignment.words import words
from seq2seq.analysis.score import sentence_chrf
from seq2seq.config import DecodingConfig, LengthPenalty
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from seq2seq.errors import UserError
from seq2seq.forced import forced_log_probs
from seq2seq.run import Run
from seq2seq.search.hypothesis import length_penalty
from seq2seq.search.lengths import penalty_of
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES = [src for src, _ in PAIRS]
GREEDY = DecodingConfig(beam=1)
BEAM = DecodingConfig(beam=5, n_best=5)
searches = pytest.mark.parametrize("options", [GREEDY, BEAM], ids=["greedy", "beam-5"])


@pytest.fixture(scope="module")
def translator32(run_folder):
    return Translator.load(str(run_folder), device="cpu")


@pytest.fixture(scope="module")
def translator(run_folder):
    """In float64, so that batches of other shapes differ by nothing that matters."""
    loaded = Translator.load(str(run_folder), device="cpu")
    loaded.model.double()
    return loaded


def in_batches_of(size, options):
    return DecodingConfig(beam=options.beam, n_best=options.n_best, batch_sentences=size)


def assert_same(translations, expected, tolerance):
    for one, other in zip(translations, expected, strict=True):
        assert one.src == other.src
        assert [c.text for c in one.candidates] == [c.text for c in other.candidates]
        assert [c.pieces for c in one.candidates] == [c.pieces for c in other.candidates]
        assert [c.finished for c in one.candidates] == [c.finished for c in other.candidates]
        scores = [c.score for c in other.candidates]
        assert [c.score for c in one.candidates] == pytest.approx(scores, abs=tolerance)


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
            penalty = length_penalty(length, options.length_penalty)
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


def assert_forced(translator, options):
    """Scores reported equal those of forced decoding, of whatever models the translator has."""
    penalty = penalty_of(options)
    for t, src_ids in zip(
        translator.translate(SOURCES, options), translator.encode(SOURCES), strict=True
    ):
        for c in t.candidates:
            batch = Batch.from_ids([src_ids], [c.ids])
            length = len(c.ids) + c.finished
            log_prob = forced_log_probs(translator.models, batch)[0, :length].sum().item()
            assert c.log_probability == pytest.approx(log_prob, abs=1e-9)
            assert c.score == pytest.approx(log_prob / penalty(length), abs=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        GREEDY,
        BEAM,
        DecodingConfig(beam=4, n_best=4, penalty=LengthPenalty.length, length_penalty=1.0),
        DecodingConfig(beam=4, n_best=4, min_length=12),
        DecodingConfig(samples=8, temperature=0.7, top_k=20, top_p=0.9),
    ],
)
def test_a_reported_score_is_that_of_forced_decoding(translator, options):
    assert_forced(translator, options)


def test_given_translations_are_scored_piece_by_piece_and_in_order(translator):
    pairs = [*PAIRS, ("", "Oui."), ("Yes.", ""), PAIRS[0]]
    scored = translator.score(pairs)
    for (src, tgt), candidate in zip(pairs, scored, strict=True):
        (alone,) = translator.score([(src, tgt)])
        each = candidate.piece_log_probabilities
        assert candidate.text == tgt
        assert len(each) == len(candidate.pieces) + 1
        assert sum(each) == pytest.approx(candidate.log_probability)
        batch = Batch.from_ids(translator.encode([src]), translator.encode([tgt]))
        hidden = translator.model(batch.src, batch.tgt_in).hidden
        log_probs = translator.model.logits(hidden).log_softmax(-1)
        right = log_probs.gather(2, batch.tgt_out[..., None])[0, :, 0]
        assert each == pytest.approx(right.tolist(), abs=1e-9)
        assert each == pytest.approx(alone.piece_log_probabilities, abs=1e-9)
        assert all(value <= 0 for value in each)
    assert translator.score([]) == []


def test_too_long_a_pair_to_score_is_refused_with_its_number(translator):
    with pytest.raises(UserError, match=r"^sentence 12 has"):
        translator.score([PAIRS[0], PAIRS[1], ("è" * 100, "Oui.")], first=10)


@pytest.mark.parametrize(
    "options",
    [DecodingConfig(samples=4, temperature=1.5), DecodingConfig(samples=6, mbr=True, n_best=2),
     DecodingConfig(beam=4, mbr=True, n_best=2)],
    ids=lambda options: options.name,
)  # fmt: skip
def test_samples_and_choices_do_not_depend_on_batch_or_place(translator, options):
    together = translator.translate(SOURCES, options)
    small = replace(options, batch_sentences=3)
    turned = translator.translate(SOURCES[::-1], small)[::-1]
    alone = [translator.translate([src], options)[0] for src in SOURCES]
    assert_same(together, turned, 1e-10)
    assert_same(together, alone, 1e-10)


def test_samples_repeat_with_their_seed(translator):
    options = DecodingConfig(samples=5)
    once = translator.translate(SOURCES, options)
    assert translator.translate(SOURCES, options) == once
    assert translator.translate(SOURCES, replace(options, seed=2)) != once
    assert [len(t.candidates) for t in once] == [5] * len(SOURCES)
    for t in once:
        scores = [c.score for c in t.candidates]
        assert scores == sorted(scores, reverse=True)
        assert not {PAD_ID, BOS_ID} & {i for c in t.candidates for i in c.ids}


@pytest.mark.parametrize("narrow", [{"top_k": 1}, {"temperature": 1e-5}])
def test_the_narrowest_sampling_is_greedy(translator, narrow):
    drawn = translator.translate(SOURCES, DecodingConfig(samples=2, **narrow))
    for t, wanted in zip(drawn, translator.translate(SOURCES, GREEDY), strict=True):
        assert [c.ids for c in t.candidates] == [wanted.candidates[0].ids] * 2


@pytest.mark.parametrize("options", [DecodingConfig(samples=12, mbr=True, n_best=3),
                                     DecodingConfig(beam=6, mbr=True, n_best=3)])  # fmt: skip
def test_minimum_bayes_risk_chooses_what_agrees_most_with_the_candidates(translator, options):
    pool = DecodingConfig(samples=12) if options.samples else DecodingConfig(beam=6, n_best=6)
    found = translator.translate(SOURCES, options)
    for t, everything in zip(found, translator.translate(SOURCES, pool), strict=True):
        texts = [c.text for c in everything.candidates]
        weights = [1] * 12 if options.samples else np.exp([c.score for c in everything.candidates])
        expected = [
            np.average([sentence_chrf([text], [[other]])[0] for other in texts], weights=weights)
            for text in texts
        ]
        utilities = [c.utility for c in t.candidates]
        assert utilities[0] == pytest.approx(max(expected))
        assert utilities == sorted(utilities, reverse=True)
        assert len({c.text for c in t.candidates}) == len(t.candidates) <= 3
        for c in t.candidates:
            assert c.utility == pytest.approx(expected[texts.index(c.text)])
    assert all(c.utility is None for c in everything.candidates)


@pytest.mark.parametrize("options", [GREEDY, BEAM, DecodingConfig(samples=3)])
def test_each_translation_begins_with_its_prefix(translator, options):
    prefixes = [("", "Elle", "Bonjour, comment", "œuf")[i % 4] for i in range(len(SOURCES))]
    found = translator.translate(SOURCES, options, prefixes=prefixes)
    for t, prefix in zip(found, prefixes, strict=True):
        assert all(c.text.startswith(prefix) for c in t.candidates)
    free = translator.translate(SOURCES, options)
    assert_same(found[::4], free[::4], 1e-10)
    assert [t.text for t in found[1::4]] != [t.text for t in free[1::4]]


def test_there_is_a_prefix_for_each_text(translator):
    with pytest.raises(UserError, match="8 texts, but 2 prefixes"):
        translator.translate(SOURCES, prefixes=["Oui", "Non"])


@pytest.mark.parametrize("options", [GREEDY, BEAM, DecodingConfig(samples=3)])
def test_no_translation_is_shorter_than_the_least_length(translator, options):
    short = [len(c.pieces) + c.finished for t in translator.translate(SOURCES, options)
             for c in t.candidates]  # fmt: skip
    bounded = replace(options, min_length=20)
    long = [len(c.pieces) + c.finished for t in translator.translate(SOURCES, bounded)
            for c in t.candidates]  # fmt: skip
    assert min(short) < 20 <= min(long)


@pytest.fixture(scope="module")
def others(run_folder, tmp_path_factory):
    """A run that translates otherwise, with the same tokenizer."""
    folder = tmp_path_factory.mktemp("runs") / "other"
    shutil.copytree(run_folder, folder)
    run = Run.open(folder)
    model = run.load_model(torch.device("cpu"))
    with torch.no_grad():
        for weight in model.encoder.parameters():
            weight.mul_(1.5)
    run.save_weights(model)
    return str(folder)


@pytest.mark.parametrize("options", [GREEDY, BEAM, DecodingConfig(samples=4)])
def test_an_ensemble_of_a_run_with_itself_is_the_run(run_folder, translator, options):
    twice = Translator.load([str(run_folder)] * 2, device="cpu")
    for model in twice.models:
        model.double()
    assert_same(twice.translate(SOURCES, options), translator.translate(SOURCES, options), 1e-9)


def test_an_ensemble_translates_as_neither_of_its_runs_and_scores_as_itself(run_folder, others):
    names = [str(run_folder), others]
    both = Translator.load(names, device="cpu")
    for model in both.models:
        model.double()
    assert both.model is both.models[0]
    assert_forced(both, BEAM)
    assert_forced(both, DecodingConfig(samples=3))
    texts = [t.text for t in both.translate(SOURCES)]
    for name in names:
        assert texts != [t.text for t in Translator.load(name, device="cpu").translate(SOURCES)]


def test_alignments_of_an_ensemble_are_its_first_models(run_folder, others, translator):
    both = Translator.load([str(run_folder), others], device="cpu")
    for src, tgt in PAIRS[:2]:
        weights = both.align(src, tgt).weights_LHTS
        np.testing.assert_allclose(weights, translator.align(src, tgt).weights_LHTS, atol=1e-5)


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
