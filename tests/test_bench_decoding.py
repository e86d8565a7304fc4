"""The benchmark of decoding: end to end on a toy, and its figures by hand."""

import json
import sys

import bench_decoding
import bench_decoding_engines
import pytest
import torch
from bench_decoding import Turn, random_sources, speed, spread
from bench_decoding_engines import converted

from seq2seq.config import DecodingConfig
from seq2seq.data.tokenizer import EOS_ID
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES = [src for src, _ in PAIRS]
GREEDY = DecodingConfig(beam=1)
TOY = ["--batches", "1", "3", "--sentences", "4", "--turns", "2", "--threads", "1"]
RANDOM = [*TOY, "--model", "tiny", "--vocab-size", "50", "--length", "3", "--device", "cpu"]


@pytest.fixture(autouse=True)
def threads():
    """The benchmark sets how many torch uses: leave the other tests theirs."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def measured(tmp_path, *arguments):
    file = tmp_path / "result.json"
    bench_decoding.main([*arguments, "--json", str(file)])
    return json.loads(file.read_text("utf-8"))


def test_random_weights_write_the_length_that_is_asked_for(tmp_path, capsys):
    result = measured(tmp_path, *RANDOM)
    cells = [(s["engine"], s["beam"], s["batch"]) for s in result["speeds"]]
    assert cells == [("ours", 1, 1), ("ours", 1, 3), ("ours", 5, 1), ("ours", 5, 3)]
    for s in result["speeds"]:
        assert s["tokens_per_second"] == pytest.approx(3 * s["sentences_per_second"])
        assert len(s["turns"]) == 2
        assert min(s["turns"]) <= s["sentences_per_second"] <= max(s["turns"])
        assert (s["latency_ms"] is None) == (s["batch"] > 1)
    assert result["peak_bytes"] >= result["loaded_bytes"] > 0
    assert result["cold_start_seconds"] == {}
    printed = capsys.readouterr().out
    for s in result["speeds"]:
        assert f"{s['sentences_per_second']:,.1f}" in printed
    assert "3 tokens each" in printed


def test_a_run_translates_a_file_until_its_sentences_end(tmp_path, run_folder, capsys):
    file = tmp_path / "in.en"
    file.write_text("\n\n".join(src for src, _ in PAIRS), "utf-8")
    command = ["--run", str(run_folder), "--file", str(file), "--device", "cpu"]
    result = measured(tmp_path, *TOY, *command, "--turns", "1")
    tokens = {s["tokens_per_second"] / s["sentences_per_second"] for s in result["speeds"][:2]}
    assert len({round(count, 6) for count in tokens}) == 1  # greedy writes the same in any batch
    assert set(result["cold_start_seconds"]) == {'python -c "import torch"', "seq2seq translate"}
    assert "cold start of seq2seq translate" in capsys.readouterr().out


def test_peers_of_the_same_shape_write_as_much_in_turn(tmp_path, capsys):
    pytest.importorskip("transformers")
    pytest.importorskip("ctranslate2")
    result = measured(tmp_path, *RANDOM, "--threads", "2", "--peer")
    ours, *peers = result["speeds"][:6]
    assert peers[0]["engine"].startswith("MarianMT")
    assert [peer["engine"].removeprefix("CTranslate2 ") for peer in peers[1:]] == [
        "float32, 1 x 2 threads", "float32, 2 x 1 threads",
        "int8, 1 x 2 threads", "int8, 2 x 1 threads",
    ]  # fmt: skip
    for peer in peers:
        assert peer["tokens_per_second"] == pytest.approx(3 * peer["sentences_per_second"])
        expected = [o / p for o, p in zip(ours["turns"], peer["turns"], strict=True)]
        assert peer["ours_is"] == pytest.approx(expected)
    assert ours["ours_is"] == []
    assert result["machine"]["threads"] == 2  # ours had as many all the time
    assert " x " in capsys.readouterr().out


def test_the_peer_of_a_run_writes_what_we_write(tmp_path, run_folder):
    pytest.importorskip("ctranslate2")
    translator = Translator.load(str(run_folder), device="cpu")
    ends = [t.src for t in translator.translate(SOURCES, GREEDY) if t.candidates[0].finished]
    ours = bench_decoding.Ours(translator, None)
    theirs = converted(translator.model, None, 1, tmp_path)[0]
    ids = translator.encode(ends)
    assert len(ids) >= 2
    assert theirs.decode(ids, 1, 2) == ours.decode(ids, 1, 2)


def test_without_transformers_a_peer_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(SystemExit, match="2"):
        measured(tmp_path, *RANDOM, "--peer")
    assert "pip install -e '.[peers]'" in capsys.readouterr().err


def test_figures_by_hand():
    ours = [Turn([0.5, 1.5], 2, 10), Turn([1.0, 1.0], 2, 10)]
    theirs = [Turn([1.0, 3.0], 2, 10), Turn([3.0, 1.0], 2, 30)]
    found = speed("theirs", 5, 1, theirs, ours)
    assert (found.sentences_per_second, found.tokens_per_second) == (0.5, 5)
    assert found.turns == [0.5, 0.5]
    assert found.ours_is == [2, 2]
    assert found.latency_ms == (2000, 3000)
    assert speed("theirs", 5, 2, theirs, ours).latency_ms is None


def test_random_sources_are_as_long_as_sentences_and_never_special():
    sources = random_sources(1000, 6000)
    lengths = [len(ids) for ids in sources]
    assert lengths == sorted(lengths, reverse=True)
    assert sum(lengths) / 1000 == pytest.approx(bench_decoding_engines.MEAN_LENGTH, abs=0.5)
    assert all(EOS_ID < i < 6000 for ids in sources for i in ids)
    assert sources == random_sources(1000, 6000)


def test_fewer_sentences_are_spread_over_all_lengths():
    assert spread([[n] for n in range(10)], 5) == [[0], [2], [4], [6], [8]]
    assert spread([[1], [2]], 5) == [[1], [2]]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--model", "tinny"], "choose base, small, tiny"),
        (["--run", "nowhere"], "no run 'nowhere'"),
        (["--file", "x.en"], "add --run"),
        (["--beams", "0"], "at least 1"),
    ],
)
def test_mistakes_are_refused_in_a_line(arguments, answer, capsys):
    with pytest.raises(SystemExit, match="2"):
        bench_decoding.main(arguments)
    assert answer in capsys.readouterr().err


def test_a_file_of_results_is_never_overwritten(tmp_path, capsys):
    file = tmp_path / "result.json"
    file.write_text("mine", "utf-8")
    with pytest.raises(SystemExit, match="2"):
        bench_decoding.main([*RANDOM, "--json", str(file)])
    assert "exists already" in capsys.readouterr().err
    assert file.read_text("utf-8") == "mine"
