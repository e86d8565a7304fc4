"""Commands configured by Hydra: check the overrides, explain the options, run the job.

Hydra composes the YAML files of ``configs/`` with the overrides of the command line, runs sweeps
(``-m``) and shows configurations (``--cfg job``). What it says of a mistake is long, so overrides
are checked here first, against the schema, without importing anything heavy.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from seq2seq.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIGS = REPOSITORY / "configs"
IN_PLACE = [  # Hydra neither changes the folder nor writes one of its own: runs do that themselves
    "hydra.run.dir=.",
    "hydra.output_subdir=null",
    "hydra.job.chdir=false",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
]
FLAGS = {  # of Hydra's flags those that work here, and whether a value follows
    "-h": False,
    "--help": False,
    "-m": False,
    "--multirun": False,
    "--resolve": False,
    "-c": True,
    "--cfg": True,
}

C = TypeVar("C")


def run_command(
    command: str, schema: type[C], job: Callable[[C], None], arguments: list[str]
) -> None:
    """Run ``job`` with the options that ``configs/<command>.yaml`` and ``arguments`` make.

    Raises:
        UserError: An override is mistyped, or the options contradict each other.
    """
    register(command, schema)
    flags, overrides = split_flags(arguments)
    if "-h" in flags or "--help" in flags:
        print(help_text(command, schema, overrides))
        return
    parsed = check_overrides(command, overrides, schema)
    if not {"-m", "--multirun"} & set(flags):
        refuse_sweeps(parsed, "add -m to run them all, or ")
    for job_overrides in product(*map(alternatives, parsed)):
        to_schema(compose(command, list(job_overrides)), schema)

    def task(config: DictConfig) -> None:
        try:
            job(to_schema(config, schema))
        except (UserError, OSError) as error:  # Hydra would print a traceback
            print(f"seq2seq {command}: {error}", file=sys.stderr)
            sys.exit(2)

    sys.argv = [f"seq2seq {command}", *flags, *overrides, *IN_PLACE, *sweep_settings(parsed)]
    hydra.main(config_path=str(CONFIGS), config_name=command, version_base="1.3")(task)()


def options_of(command: str, schema: type[C], overrides: list[str]) -> C:
    """The options that a command line would give to ``command``, for tools that do not run it.

    Raises:
        UserError: An override is mistyped, or the options contradict each other.
    """
    register(command, schema)
    refuse_sweeps(check_overrides(command, overrides, schema))
    return to_schema(compose(command, overrides), schema)


def register(command: str, schema: type) -> None:
    """Tell Hydra the schema of a command.

    Raises:
        UserError: There are no YAML files here.
    """
    if not CONFIGS.is_dir():
        raise UserError(f"there is no {CONFIGS}: {command} needs the repository (pip install -e .)")
    ConfigStore.instance().store(name=f"{command}_schema", node=schema)
    OmegaConf.register_new_resolver("repository", lambda: str(REPOSITORY), replace=True)


def refuse_sweeps(parsed: list[Override], way_out: str = "") -> None:
    """Several values for one option are a mistake where a single job is meant."""
    for override in parsed:
        if override.is_sweep_override():
            raise UserError(
                f"{override.input_line} sweeps over values: {way_out}write a list as [A,B]"
            )


def split_flags(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Hydra's flags, each followed by its value if it takes one, and the overrides."""
    flags, overrides = [], []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            overrides.append(word)
        elif word.split("=")[0] in FLAGS:
            flags.append(word)
            if FLAGS[word.split("=")[0]] and "=" not in word:
                flags.append(next(words, ""))
        else:
            raise UserError(f"there is no flag {word}: options are written NAME=VALUE, see --help")
    return flags, overrides


def to_schema(config: DictConfig, schema: type[C]) -> C:
    """Plain dataclasses of a composed configuration, with their cross-checks done.

    Raises:
        UserError: A value is missing, or the options contradict each other.
    """
    try:
        options = OmegaConf.to_object(config)
    except OmegaConfBaseException as error:
        raise UserError(reason(error)) from error
    assert isinstance(options, schema)
    return options


def compose(command: str, overrides: list[str]) -> DictConfig:
    """Compose the options; mistakes become one line."""
    try:
        with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
            return hydra.compose(command, overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(reason(error)) from error


def reason(error: BaseException) -> str:
    """The line of a configuration error that tells what is wrong, after the option's name."""
    if isinstance(error.__cause__, OmegaConfBaseException):  # Hydra only says where it happened
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    key = next((line.removeprefix("full_key: ") for line in lines if "full_key" in line), "")
    return f"{key}: {lines[0]}" if key else lines[0]


def alternatives(override: Override) -> list[str]:
    """An override once for every value that it sweeps over."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    try:
        values = list(override.sweep_string_iterator())
    except (HydraException, ValueError) as error:
        raise UserError(f"{override.input_line} cannot be swept: list the values") from error
    return [f"{override.get_key_element()}={value}" for value in values]


def check_overrides(command: str, overrides: list[str], schema: type) -> list[Override]:
    """Parse overrides and refuse unknown names and choices, with the nearest right one."""
    names = {name for name, _ in option_fields(schema)}
    choices = group_choices(command)
    try:
        parsed = OverridesParser.create().parse_overrides(overrides)
    except OverrideParseException as error:
        raise UserError(
            f"cannot read {error.override!r}: options are written NAME=VALUE, "
            "and a value with special characters in quotes, NAME='\"VALUE\"'"
        ) from error
    for override in parsed:
        key = override.key_or_group
        if key.split(".")[0].split("/")[0] == "hydra":
            continue
        if key not in names | choices.keys():
            raise UserError(f"there is no option {key!r}{nearest(key, names | choices.keys())}")
        for line in alternatives(override) if key in choices else []:
            value = line.partition("=")[2]
            if value not in choices[key]:
                raise UserError(f"{key}={value}: choose one of {', '.join(choices[key])}")
    return parsed


def group_choices(command: str) -> dict[str, list[str]]:
    """The groups of ``configs/`` that a command's defaults choose from, and what is in each."""
    defaults = OmegaConf.load(CONFIGS / f"{command}.yaml").defaults
    return {
        str(group): sorted(path.stem for path in (CONFIGS / str(group)).glob("*.yaml"))
        + ([] if chosen else ["null"])
        for entry in defaults
        if isinstance(entry, DictConfig)
        for group, chosen in entry.items()
    }


def nearest(name: str, names: set[str]) -> str:
    """The question after a mistyped name, or where to look."""
    close = difflib.get_close_matches(name, names, n=1)
    if not close:  # the right leaf under a wrong parent?
        close = sorted(n for n in names if n.split(".")[-1] == name.split(".")[-1])
    return f": did you mean {close[0]}?" if close else ": --help lists all"


def option_fields(schema: type, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every option's full name and the sentence that explains it, sections left out."""
    kinds = get_type_hints(schema)
    for f in fields(schema):
        if is_dataclass(kinds[f.name]):
            yield from option_fields(kinds[f.name], f"{prefix}{f.name}.")
        else:
            yield f"{prefix}{f.name}", f.metadata["help"]


def help_text(command: str, schema: type, overrides: list[str]) -> str:
    """Every option with its type, its value as composed, and its meaning."""
    check_overrides(command, overrides, schema)
    config = compose(command, overrides)
    lines = [f"usage: seq2seq {command} [OPTION=VALUE ...] [-m] [--cfg job]", ""]
    for group, choices in group_choices(command).items():
        lines.append(f"  {group}=…  choose {', '.join(choices)}")
    lines.append("")
    for name, meaning in option_fields(schema):
        value = OmegaConf.select(config, name)
        shown = getattr(value, "value", value)
        text = "null" if shown is None else str(shown)
        lines.append(f"  {name}={text}  ({kind_of(schema, name)})")
        lines.append(f"      {meaning}")
    lines += [
        "",
        "-m runs every combination of comma-separated values; --cfg job prints the result.",
    ]
    return "\n".join(lines)


def kind_of(schema: type, name: str) -> str:
    """An option's type in words."""
    kind: Any = schema
    for part in name.split("."):
        kind = get_type_hints(kind)[part]
    if hasattr(kind, "__members__"):
        return " or ".join(kind.__members__)
    words = {int: "whole number", float: "number", str: "text", bool: "true or false", Any: "text"}
    if kind in words:
        return words[kind]
    inner = get_args(kind)
    if type(None) in inner:
        return f"{words[inner[0]]} or null"
    return f"list of {words[inner[0]]}s"


def sweep_settings(parsed: list[Override]) -> list[str]:
    """Where a sweep's runs go, ``<runs_dir>/<name>/``, each named by its swept values alone."""
    if not any(o.is_sweep_override() for o in parsed):
        return []
    fixed = {o.key_or_group: o.value() for o in parsed if not o.is_sweep_override()}
    name = fixed.get("name") or f"sweep-{datetime.now():%Y%m%d-%H%M%S}"
    unnamed = ",".join(fixed)
    return [
        f"hydra.sweep.dir={fixed.get('runs_dir', 'runs')}/{name}",
        "hydra.sweep.subdir=.",  # runs make folders of their own
        f"hydra.job.config.override_dirname.exclude_keys=[{unnamed}]",
        "hydra.job.config.override_dirname.kv_sep=-",  # run=NAME needs no quotes then
        "hydra.job.config.override_dirname.item_sep=_",
    ]


def sweep_folder() -> Path | None:
    """Folder of this job inside a sweep, such as ``runs/seeds/seed-1``; None outside one."""
    config = HydraConfig.get()
    if config.mode != hydra.types.RunMode.MULTIRUN:
        return None
    return Path(config.sweep.dir) / config.job.override_dirname


def choice(group: str) -> str:
    """The file chosen from a group of ``configs/``, such as ``tiny`` for ``model``."""
    return str(HydraConfig.get().runtime.choices[group])


def task_overrides() -> set[str]:
    """Names of the options that were given on the command line."""
    parsed = OverridesParser.create().parse_overrides(list(HydraConfig.get().overrides.task))
    return {override.key_or_group for override in parsed}
