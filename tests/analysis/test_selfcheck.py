"""The selfcheck passes on a sound decoder, and finds what is broken on purpose."""

import math
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch

from seq2seq.analysis import selfcheck as module
from seq2seq.analysis.selfcheck import Check, selfcheck, table, translations
from seq2seq.model import attention, transformer
from seq2seq.run import Run
from seq2seq.search import beam
from seq2seq.translator import Translator
from tests.conftest import PAIRS

TEXTS = [src for src, _ in PAIRS]


@pytest.fixture
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


def broken(checks):
    return {check.promise for check in checks if not check.kept}


def test_a_sound_decoder_keeps_every_promise_in_both_precisions(translator):
    checks = selfcheck(translator, [*TEXTS, "  "])
    assert broken(checks) == set()
    promises = len(module.PROMISES) + 2 * len(module.PROMISES_OF_BOTH_SEARCHES)
    assert [c.precision for c in checks] == [torch.float64] * promises + [torch.float32] * promises
    assert all(c.difference < 1e-10 for c in checks[:promises] if "attention" not in c.promise)
    assert any(c.difference > 1e-10 for c in checks[promises:])
    assert translator.model.embedding.pieces.weight.dtype == torch.float32


def test_translations_of_the_fixture_differ_in_length(translator):
    """Otherwise masks, limits and leaving the batch would not be tested."""
    found = [t.candidates[0] for t in translator.translate(TEXTS)]
    assert {c.finished for c in found} == {True, False}
    assert len({len(c.ids) for c in found}) > 3


@contextmanager
def replaced(owner, name, change):
    old = getattr(owner, name)
    setattr(owner, name, change(old))
    try:
        yield
    finally:
        setattr(owner, name, old)


def mask_forgotten(start):
    def forgetful(self, memory, *arguments):
        everything = torch.ones_like(memory.mask)
        return start(self, transformer.Memory(memory.states, everything), *arguments)

    return forgetful


def wrong_position(rotate):
    return lambda self, start, length: rotate(self, 2 * start, length)


def newest_cell_lost(append):
    def forgetful(self, new):
        every = append(self, new)
        every.values[:, :, -1] = 0
        return every

    return forgetful


def all_cells_seen(grow):
    def careless(self):
        grow(self)

    return careless


def other_sentences_kept(keep):
    return lambda self, sentences: keep(self, sentences.flip(0))


def beams_not_reordered(reorder):
    return lambda _, parents_NW: parents_NW


def open_path_unscaled(attend):
    def unscaled(q_BHTK, memory, *, need_weights=False, **options):
        factor = math.sqrt(q_BHTK.shape[-1]) if need_weights else 1
        return attend(q_BHTK * factor, memory, need_weights=need_weights, **options)

    return unscaled


def stopped_half_way(is_done):
    def hasty(live, found, limits_N, n_best, penalty):
        return is_done(live, found, limits_N // 2 if n_best == 1 else limits_N, n_best, penalty)

    return hasty


def scores_of_unended_prefixes(hypothesis):
    def short(ids, log_probability, penalty, *, finished):
        return hypothesis(ids, log_probability, penalty, finished=False)

    return short


def padded_keys_read(encode):
    def careless(self, src_BS):
        memory = encode(self, src_BS)
        return transformer.Memory(memory.states, torch.ones_like(memory.mask))

    return careless


@pytest.mark.parametrize(
    ("owner", "name", "change", "must_break"),
    [
        (transformer.Decoder, "start", mask_forgotten, ["cached steps", "batch = single, beam"]),
        (transformer.Rotary, "forward", wrong_position, ["cached steps", "score = forced"]),
        (transformer.KeyValueCache, "append", newest_cell_lost, ["cached steps", "score ="]),
        (transformer.DecoderState, "grow", all_cells_seen, ["score = forced decoding, beam"]),
        (transformer.DecoderState, "keep", other_sentences_kept, ["batch = single", "score ="]),
        (transformer.DecoderState, "reorder", beams_not_reordered, ["score = forced decoding, b"]),
        (transformer.Transformer, "encode", padded_keys_read, ["padded = unpadded", "batch ="]),
        (attention, "attend", open_path_unscaled, ["fused = open"]),
        (beam, "is_done", stopped_half_way, ["beam stopped early"]),
        (beam, "hypothesis", scores_of_unended_prefixes, ["beam 1 = greedy", "score = forced"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_broken_is_found_in_both_precisions(translator, owner, name, change, must_break):
    with replaced(owner, name, change):
        checks = selfcheck(translator, TEXTS)
    for start in must_break:
        found = [c.precision for c in checks if c.promise.startswith(start) and not c.kept]
        assert {torch.float64, torch.float32} == set(found), table(checks)


def test_a_broken_promise_names_itself_alone(translator):
    """Not everything breaks with everything."""
    with replaced(attention, "attend", open_path_unscaled):
        assert broken(selfcheck(translator, TEXTS)) == {"fused = open attention"}


def test_an_exported_model_that_is_another_is_found(run_folder, translator, tmp_path):
    pytest.importorskip("ctranslate2")
    from seq2seq.export.engine import CTranslate2Translator
    from seq2seq.export.spec import export_ctranslate2

    run = Run.open(run_folder)
    export_ctranslate2(run, translator, tmp_path / "same")
    with torch.no_grad():
        other = Translator.load(str(run_folder), device="cpu")
        other.model.decoder.blocks[0].cross_attention.query.weight *= 2
    export_ctranslate2(run, other, tmp_path / "other")
    for name, kept in (("same", True), ("other", False)):
        exported = CTranslate2Translator.load(str(tmp_path / name), device="cpu")
        check = selfcheck(translator, TEXTS, exported)[-1]
        assert (check.promise, check.kept) == ("exported = ours, greedy", kept)


@pytest.mark.parametrize(
    ("difference", "identical", "kept"),
    [
        (1e-5, None, True),
        (2e-4, None, False),
        (float("nan"), None, False),
        (1e-5, 0.9991, True),
        (1e-5, 0.9989, False),
        (2e-4, 1.0, False),
    ],
)
def test_when_a_promise_is_kept(difference, identical, kept):
    check = Check("a = b", torch.float32, difference, 1e-4, identical, required=0.999)
    assert check.kept is kept


class Scored:
    """What two searches may say of a sentence."""

    def __init__(self, ids, score, finished=True):
        self.ids, self.score, self.finished = ids, score, finished


@pytest.mark.parametrize(
    ("other", "identical", "difference"),
    [
        (Scored([1, 2], -1.5), 1.0, 0.5),
        (Scored([1, 3], -1.5), 0.5, 0.0),
        (Scored([1, 2], -1.5, finished=False), 0.5, 0.0),
    ],
)
@pytest.mark.parametrize(("precision", "required"), [(torch.float64, 1.0), (torch.float32, 0.999)])
def test_scores_are_compared_of_translations_that_are_the_same(
    precision, required, other, identical, difference
):
    subject = SimpleNamespace(precision=precision)
    ones = [Scored([1, 2], -1.0), Scored([4], -2.0)]
    check = translations("a = b", subject, ones, [other, Scored([4], -2.0)])
    assert (check.identical, check.required) == (identical, required)
    assert check.difference == pytest.approx(difference)


def test_the_table_has_a_line_for_each_check_and_marks_what_is_broken():
    checks = [
        Check("a = b", torch.float64, 1e-12, 1e-9, 1.0),
        Check("c = d", torch.float64, 1e-12, 1e-9),
        Check("a = b", torch.float32, 0.5, 1e-4, 0.25),
    ]
    lines = table(checks).splitlines()
    assert [line.split()[-1] for line in lines if "=" in line] == ["ok", "ok", "BROKEN"]
    assert lines[0].startswith("in float64")
    assert "25.00%" in lines[-1]
