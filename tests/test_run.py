import errno
import json

import pytest
import torch
from safetensors.torch import save_file

from seq2seq.alignment.weights import AligningHead, Reading
from seq2seq.config import DataConfig, TrainConfig
from seq2seq.errors import UserError
from seq2seq.options import to_plain
from seq2seq.run import Run, write_atomically
from tests.conftest import tiny_model

CPU = torch.device("cpu")


@pytest.fixture
def config():
    return TrainConfig(data=DataConfig(name="x", train=["x.tsv"]), model=tiny_model().config)


@pytest.fixture
def run(tmp_path, config):
    return Run.create(tmp_path / "runs" / "first", config)


def refusal(call, *arguments):
    """The message of a ``UserError``, which is one line."""
    with pytest.raises(UserError) as error:
        call(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_run_is_found_by_its_name_its_path_and_as_the_latest(run, config):
    runs_dir = run.folder.parent
    run.mark_latest(runs_dir)
    for name in ("first", str(run.folder), "latest"):
        found = Run.find(name, str(runs_dir))
        assert found.folder == run.folder.resolve()
        assert to_plain(found.config) == to_plain(config)
        assert found.config == config


def test_a_nested_run_is_found_by_its_path_below_runs_dir(run, config):
    nested = Run.create(run.folder.parent / "sweep" / "seed-1", config)
    assert Run.find("sweep/seed-1", str(run.folder.parent)).folder == nested.folder.resolve()


def test_the_latest_of_no_runs_names_the_command_that_makes_one(tmp_path):
    assert "make train" in refusal(Run.find, "latest", str(tmp_path / "runs"))


def test_an_unknown_run_is_answered_with_the_known_ones(run, config):
    runs_dir = run.folder.parent
    Run.create(runs_dir / "second", config)
    Run.create(runs_dir / "sweep" / "seed-1", config)
    message = refusal(Run.find, "third", str(runs_dir))
    for name in ("'third'", "first", "second", "sweep/seed-1"):
        assert name in message


def test_an_unknown_run_among_none_says_that_there_are_none(tmp_path):
    assert "has none" in refusal(Run.find, "third", str(tmp_path))


def test_an_existing_folder_is_refused_and_left_as_it_is(run, config):
    before = (run.folder / "config.yaml").read_bytes()
    assert "exists already" in refusal(Run.create, run.folder, TrainConfig(data=config.data))
    assert (run.folder / "config.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"just words", b"- a\n- b\n", b"data: [1, 2", b"data: 3\n",
        b"seed: 1\n", b"a: {b: c\nd: e\n", b"model:\n  wide: 3\n", b"model:\n  width: wide\n",
        b"data: {name: x, train: [x]}\nmodel: {norm: sideways}\n",
    ],
)  # fmt: skip
def test_a_damaged_or_foreign_config_is_refused(run, content):
    (run.folder / "config.yaml").write_bytes(content)
    assert "damaged or foreign" in refusal(Run.find, str(run.folder))


def test_weights_come_back_as_they_were_saved(run):
    model = tiny_model()
    run.save_weights(model)
    loaded = run.load_model(CPU)
    assert not loaded.training
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, weight in loaded.state_dict().items():
        assert torch.equal(weight, model.state_dict()[name])


def test_a_run_without_weights_says_so(run):
    assert "no weights yet" in refusal(run.load_model, CPU)


@pytest.mark.parametrize("kept", [0, 4, 100, -10])
def test_truncated_weights_are_refused(run, kept):
    run.save_weights(tiny_model())
    path = run.folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    assert "damaged or of another model" in refusal(run.load_model, CPU)


@pytest.mark.parametrize(
    "weights",
    [
        {"weight": torch.zeros(3)},
        {"embedding.pieces.weight": torch.zeros(40, 16)},
        {"embedding.pieces.weight": torch.tensor(3.0)},
        tiny_model(width=32).state_dict(),
        tiny_model(decoder_layers=3).state_dict(),
    ],
    ids=["names", "missing", "scalar", "wider", "deeper"],
)
def test_weights_of_another_model_are_refused(run, weights):
    save_file(weights, run.folder / "model.safetensors")
    assert "damaged or of another model" in refusal(run.load_model, CPU)


def test_a_file_of_text_is_no_weights(run):
    (run.folder / "model.safetensors").write_text("these are not weights", "utf-8")
    assert "damaged or of another model" in refusal(run.load_model, CPU)


HEADS = [AligningHead(Reading.input, 1, 0), AligningHead(Reading.output, 0)]


def test_aligning_heads_come_back_as_they_were_saved(run):
    assert run.aligning_heads() == []
    for heads in (HEADS, HEADS[:1]):  # a later validation replaces the earlier
        run.save_aligning_heads(heads, 0.123, "data/gold")
        assert run.aligning_heads() == heads
    saved = json.loads((run.folder / "alignment.json").read_text("utf-8"))
    assert (saved["aer"], saved["gold"]) == (0.123, "data/gold")
    assert [path for path in run.folder.iterdir() if "partial" in path.name] == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff", b"[]", b"{}", b'"heads"', b'{"heads": 3}', b'{"heads": [1]}',
        b'{"heads": [{"reading": "output", "layer": 0}]}',
        b'{"heads": [{"reading": "sideways", "layer": 0, "head": 0}]}',
        b'{"heads": [{"reading": "output", "layer": "0", "head": 0}]}',
        b'{"heads": [{"reading": "output", "layer": 2, "head": 0}]}',
        b'{"heads": [{"reading": "output", "layer": 0, "head": 2}]}',
        b'{"heads": [{"reading": "output", "layer": -1, "head": null}]}',
    ],
)  # fmt: skip
def test_damaged_aligning_heads_and_those_of_another_model_are_refused(run, content):
    (run.folder / "alignment.json").write_bytes(content)
    assert "alignment.json is damaged: remove it" in refusal(run.aligning_heads)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), RuntimeError()])
def test_a_failed_write_keeps_the_old_file_and_leaves_no_partial_one(tmp_path, error):
    path = tmp_path / "precious"
    path.write_bytes(b"old")

    def write(partial):
        partial.write_bytes(b"ne")
        raise error

    message = refusal(write_atomically, path, write)
    assert str(path) in message
    assert str(error.args[-1] if error.args else "RuntimeError") in message
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_keeps_the_old_file_and_stays_an_interrupt(tmp_path):
    path = tmp_path / "precious"
    path.write_bytes(b"old")

    def write(partial):
        partial.write_bytes(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_whole_write_replaces_the_old_file(tmp_path):
    path = tmp_path / "precious"
    for content in (b"old", b"new"):
        write_atomically(path, lambda partial, content=content: partial.write_bytes(content))
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_the_latest_run_is_the_one_marked_last(run, config):
    runs_dir = run.folder.parent
    second = Run.create(runs_dir / "second", config)
    nested = Run.create(runs_dir / "sweep" / "seed-1", config)
    for marked in (run, second, nested, run):
        marked.mark_latest(runs_dir)
        assert Run.find("latest", str(runs_dir)).folder == marked.folder.resolve()
    assert not (runs_dir / "latest").readlink().is_absolute()  # the whole of runs/ can be moved
    assert sorted(p.name for p in runs_dir.iterdir()) == ["first", "latest", "second", "sweep"]
