"""Configuration: every YAML composes, every mistake is said in one line before anything runs."""

import json
import shlex
import subprocess
import sys

import pytest
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from seq2seq.cli.hydra_command import CONFIGS, compose, option_fields, to_schema
from seq2seq.config import (
    DataConfig,
    DecodingConfig,
    EvaluateConfig,
    ModelConfig,
    Norm,
    PrepareConfig,
    Protocol,
    TokenizerConfig,
    TrainConfig,
    TrainingConfig,
)
from seq2seq.config.commands import FRENCH_PROBES, PROBES
from seq2seq.errors import UserError
from seq2seq.options import as_argument, from_plain, to_plain
from tests.conftest import REPOSITORY

SCHEMAS = {"prepare": PrepareConfig, "train": TrainConfig, "evaluate": EvaluateConfig}
GROUPED = sorted(str(path.relative_to(CONFIGS)) for path in CONFIGS.glob("*/*.yaml"))
MODELS = ", ".join(sorted(path.stem for path in CONFIGS.glob("model/*.yaml")))
FILES = "data.train=[a.tsv]"  # data=files has none of its own
PROGRAM = """
import sys
from seq2seq.cli.main import main
try:
    main()
finally:
    heavy = {"torch", "datasets", "sentencepiece", "matplotlib", "sacrebleu"} & sys.modules.keys()
    print("imported:", *sorted(heavy), file=sys.stderr)
"""


def composed(command, *overrides):
    """The options that a command gets."""
    ConfigStore.instance().store(name=f"{command}_schema", node=SCHEMAS[command])
    OmegaConf.register_new_resolver("repository", lambda: str(REPOSITORY), replace=True)
    return to_schema(compose(command, list(overrides)), SCHEMAS[command])


def run(*arguments):
    """Run the console command; gives its exit code, output, and errors without a traceback.

    It must import nothing heavy.
    """
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60
    )
    *errors, imported = ran.stderr.splitlines()
    assert "Traceback" not in ran.stderr
    assert imported == "imported:"
    return ran.returncode, ran.stdout, errors


@pytest.mark.parametrize("command", SCHEMAS)
def test_every_primary_composes_to_its_schema(command):
    assert type(composed(command)) is SCHEMAS[command]


@pytest.mark.parametrize("path", GROUPED)
def test_every_choice_of_a_group_composes(path):
    group, choice = path.removesuffix(".yaml").split("/")
    overrides = [f"{group}={choice}", *([FILES] if choice == "files" else [])]
    config = composed("train", *overrides)
    assert config != composed("train") or choice in ("starter", "tiny", "beam")
    if group == "data":
        assert config.data.name == choice
        assert composed("prepare", *overrides).data == config.data


def test_the_corpus_that_ships_is_found_from_anywhere():
    assert composed("train").data.root == str(REPOSITORY / "data" / "starter")


def test_options_of_the_command_line_reach_the_schema():
    overrides = ["model=small", "model.norm=post", "training.max_minutes=5", "decoding=greedy"]
    config = composed("train", *overrides)
    assert (config.model.width, config.model.norm) == (256, Norm.post)
    assert config.training.max_minutes == 5.0
    assert config.decoding.beam == 1
    assert composed("evaluate").run == ["latest"]
    assert composed("evaluate", "run=[a,b]").run == ["a", "b"]
    assert composed("evaluate", "run=2024").run == ["2024"]
    assert composed("evaluate", "run=[1,2]").run == ["1", "2"]
    assert composed("evaluate", "src=a", "ref=b").ref == ["b"]
    assert composed("evaluate", "src=a", "ref=[b,c]").ref == ["b", "c"]


IMPOSSIBLE = [
    (ModelConfig, {"width": 130}, "not a multiple of model.heads"),
    (ModelConfig, {"width": 3, "heads": 1}, "even"),
    (ModelConfig, {"width": 0}, "at least 2"),
    (ModelConfig, {"decoder_layers": 0}, "at least 1"),
    (ModelConfig, {"dropout": 1.0}, r"model.dropout must be in \[0, 1\)"),
    (TrainingConfig, {"max_epochs": 1.0, "max_minutes": 1.0}, "exclude each other"),
    (TrainingConfig, {"max_steps": 0}, "budget must be above 0"),
    (TrainingConfig, {"batch_tokens": 0}, "training.batch_tokens"),
    (TrainingConfig, {"learning_rate": 0.0}, "above 0"),
    (TrainingConfig, {"adam_betas": [0.9]}, "two numbers"),
    (TrainingConfig, {"adam_betas": [0.9, 1.0]}, "adam_betas must be in"),
    (TrainingConfig, {"clip_norm": -1.0}, "training.clip_norm must be at least 0"),
    (TrainingConfig, {"weight_decay": -0.1}, "training.weight_decay must be at least 0"),
    (TrainConfig, {"seed": -1}, "seed must be at least 0"),
    (DecodingConfig, {"beam": 2, "n_best": 3}, "widen the beam"),
    (DecodingConfig, {"beam": 0}, "beam must be at least 1"),
    (DecodingConfig, {"length_penalty": -0.1}, "length penalty must be between 0 and 10"),
    (DecodingConfig, {"length_penalty": 1000.0}, "length penalty must be between 0 and 10"),
    (DecodingConfig, {"min_length": 0}, "min length must be at least 1"),
    (DecodingConfig, {"min_length": 5, "max_length": 4}, "above max length"),
    (DecodingConfig, {"samples": -1}, "samples must be at least 0"),
    (DecodingConfig, {"samples": 2, "beam": 4}, "without a beam"),
    (DecodingConfig, {"samples": 3, "n_best": 2}, "n-best chooses among them with mbr only"),
    (DecodingConfig, {"samples": 3, "n_best": 4, "mbr": True}, "draw more"),
    (DecodingConfig, {"samples": 1, "mbr": True}, "compares candidates"),
    (DecodingConfig, {"beam": 1, "mbr": True}, "compares candidates"),
    (DecodingConfig, {"temperature": 0.5}, "temperature is for samples"),
    (DecodingConfig, {"top_k": 3}, "top-k is for samples"),
    (DecodingConfig, {"top_p": 0.9}, "top-p is for samples"),
    (DecodingConfig, {"epsilon": 0.02}, "epsilon is for samples"),
    (DecodingConfig, {"seed": 2}, "seed is for samples"),
    (DecodingConfig, {"samples": 2, "temperature": 0.0}, "above 0"),
    (DecodingConfig, {"samples": 2, "top_k": -1}, "top-k"),
    (DecodingConfig, {"samples": 2, "top_p": 1.5}, "top-p"),
    (DecodingConfig, {"samples": 2, "epsilon": 1.0}, "epsilon"),
    (TokenizerConfig, {"vocab_size": 10}, "at least 64"),
    (TokenizerConfig, {"bpe_dropout": 1.0}, "tokenizer.bpe_dropout"),
    (TokenizerConfig, {"train_sentences": 0}, "tokenizer.train_sentences"),
    (DataConfig, {"name": "x"}, "data.train names no file"),
    (DataConfig, {"name": "x", "train": ["a"], "test_size": 0}, "data.test_size"),
    (DataConfig, {"name": "x", "train": ["a"], "processes": 0}, "data.processes"),
    (DataConfig, {"name": "x", "train": ["a"], "split_seed": -1}, "data.split_seed"),
    (DataConfig, {"name": "x", "train": ["a"], "test_references": ["r"]}, "needs the data.test"),
    (EvaluateConfig, {"src": "a"}, "both src=FILE and ref=FILE"),
    (EvaluateConfig, {"protocol_ref": "a"}, "add protocol=multi30k"),
    (EvaluateConfig, {"run": []}, "names no run"),
    (EvaluateConfig, {"split": "dev"}, "choose test, validation or train"),
]


@pytest.mark.parametrize(("schema", "options", "message"), IMPOSSIBLE)
def test_impossible_combinations_are_refused(schema, options, message):
    with pytest.raises(UserError, match=message) as raised:
        schema(**options)
    assert "\n" not in str(raised.value)


def test_a_reversed_run_draws_french_probes_unless_others_are_given():
    assert composed("train", "data.reverse=true").probes == FRENCH_PROBES
    assert composed("train", "data.reverse=true", "probes=[Oui]").probes == ["Oui"]
    assert composed("train").probes == PROBES


@pytest.mark.parametrize("name", ["plain-1.2", "seeds/seed=1", "a name", "2024"])
def test_arguments_are_read_as_they_were_meant(name):
    (argument,) = shlex.split(as_argument("name", name))
    config = composed("train", argument)
    assert str(config.name) == name


def test_a_reversed_corpus_has_no_protocol_of_french():
    assert composed("train", "data=multi30k").data.protocol is Protocol.multi30k
    assert composed("train", "data=multi30k", "data.reverse=true").data.protocol is Protocol.none


@pytest.mark.parametrize(
    ("options", "name"),
    [({"beam": 1}, "greedy"), ({}, "beam-5"), ({"samples": 20}, "sample-20"),
     ({"mbr": True}, "mbr-beam-5"), ({"samples": 20, "mbr": True}, "mbr-sample-20")],
)  # fmt: skip
def test_a_way_of_decoding_has_a_name(options, name):
    assert DecodingConfig(**options).name == name


def test_samples_need_no_beam():
    assert DecodingConfig(samples=3).beam == 1
    assert composed("evaluate", "decoding=mbr").decoding.name == "mbr-beam-10"


def test_a_reversed_corpus_has_no_further_references():
    given = {"name": "x", "train": ["a"], "test": ["t"], "test_references": ["r.fr"]}
    assert DataConfig(**given).test_references == ["r.fr"]
    assert DataConfig(**given, reverse=True).test_references == []
    for command in ("train", "prepare"):
        assert composed(command).data.test_references
        assert composed(command, "data.reverse=true").data.test_references == []
    plain = to_plain(composed("train", "data.reverse=true"))
    assert from_plain(TrainConfig, plain).data.reverse


@pytest.mark.parametrize(
    ("layer", "right"), [(None, True), (1, True), (4, True), (0, False), (5, False)]
)
def test_the_guided_block_is_one_of_the_models(layer, right):
    options = [f"alignment.guide_layer={'null' if layer is None else layer}"]
    if right:
        assert composed("train", *options).alignment.guide_layer == layer
    else:
        with pytest.raises(UserError, match=r"alignment\.guide_layer must be between 1 and 4"):
            composed("train", *options)


def test_an_empty_split_is_possible_where_a_file_is_given():
    given = {"validation": ["v"], "validation_size": 0, "test": ["t"], "test_size": 0}
    assert DataConfig(name="x", train=["a"], **given).test == ["t"]


@pytest.mark.parametrize("command", SCHEMAS)
def test_plain_options_are_json_and_give_the_schema_back(command):
    config = composed(command)
    plain = json.loads(json.dumps(to_plain(config)))
    assert from_plain(SCHEMAS[command], plain) == config


def test_a_plain_name_that_the_schema_lacks_is_refused():
    plain = to_plain(composed("train"))
    plain["model"]["widht"] = 3
    with pytest.raises(UserError, match="unknown options: widht"):
        from_plain(TrainConfig, plain)


MISTAKES = [
    (["training.max_stpes=5"], "did you mean training.max_steps?"),
    (["max_steps=5"], "did you mean training.max_steps?"),
    (["modle=tiny"], "did you mean model?"),
    (["+training.foo=1"], "there is no option 'training.foo'"),
    (["model=huge"], f"model=huge: choose one of {MODELS}"),
    (["-m", "model=tiny,huge"], f"model=huge: choose one of {MODELS}"),
    (["training.schedule=cosine"], "training.schedule: Invalid value 'cosine', expected one of "
                                   "[linear, inverse_sqrt, constant]"),
    (["training.max_steps=many"], "training.max_steps: Value 'many' of type 'str' could not be "
                                  "converted to Integer"),
    (["-m", "seed=1,two"], "seed: Value 'two'"),
    (["--help", "seed=two"], "seed: Value 'two'"),
    (["data.train=a.tsv"], "data.train: "),
    (["model.width=130"], "model.width=130 is not a multiple of model.heads=4"),
    (["-m", "model.heads=4,5"], "model.width=128 is not a multiple of model.heads=5"),
    (["seed=1,2"], "seed=1,2 sweeps over values: add -m"),
    (["data=files"], "data.train names no file"),
    (["data.name=???"], "data.name: "),
    (["max_steps", "5"], "options are written NAME=VALUE"),
    (["--seed", "5"], "there is no flag --seed"),
    (["data.root=${nowhere}"], "data.root: Interpolation key 'nowhere' not found"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_mistake_is_said_in_one_line(arguments, message):
    code, output, errors = run("train", *arguments)
    assert code == 2
    assert output == ""
    assert len(errors) == 1
    assert errors[0].startswith("seq2seq train: ")
    assert message in errors[0]


def test_a_group_of_another_command_is_no_option():
    code, _, (error,) = run("prepare", "model=tiny")
    assert code == 2
    assert "there is no option 'model'" in error
    assert "experiment" not in run("prepare", "--help")[1]


def test_a_mistyped_command_is_answered_with_the_nearest():
    code, _, (error,) = run("trian")
    assert code == 2
    assert "did you mean train?" in error


@pytest.mark.parametrize("command", SCHEMAS)
def test_help_lists_every_option_with_its_value_and_sentence(command):
    code, output, errors = run(command, "--help")
    assert (code, errors) == (0, [])
    lines = output.splitlines()
    for name, sentence in option_fields(SCHEMAS[command]):
        (at,) = (i for i, line in enumerate(lines) if line.startswith(f"  {name}="))
        assert lines[at + 1].strip() == sentence
        assert sentence.endswith(".")


def test_help_shows_the_values_that_the_choices_make():
    output = run("train", "model=small", "--help", "training.max_steps=7")[1]
    assert "  model.width=256  (whole number)" in output
    assert "  training.max_steps=7  (whole number)" in output
    assert "  training.schedule=linear  (linear or inverse_sqrt or constant)" in output
    assert f"  model=…  choose {MODELS}\n" in output


@pytest.mark.parametrize("flag", ["--cfg", "-c"])
def test_cfg_job_prints_the_composed_configuration(flag):
    code, output, errors = run("train", "seed=7", flag, "job", "model=small")
    assert (code, errors) == (0, [])
    config = OmegaConf.create(output)
    assert (config.seed, config.model.width, config.data.name) == (7, 256, "starter")


def test_a_sweep_runs_every_combination(tmp_path):
    (tmp_path / "t.tsv").write_text("".join(f"line {i}\tligne {i}\n" for i in range(60)), "utf-8")
    files = ["data=files", "data.train=[t.tsv]", "data.src_column='0'", "data.tgt_column='1'"]
    sizes = ["data.validation_size=5", "data.test_size=5,6", "-m", "tokenizer.vocab_size=100,110"]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "prepare", *files, *sizes],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(list((tmp_path / "data" / "cache").iterdir())) == 4
    assert [left.name for left in (tmp_path / "runs").glob("*/*")] == ["multirun.yaml"]
