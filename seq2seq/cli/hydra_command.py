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
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
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

C = TypeVar("C")


def run_command(
    command: str, schema: type[C], job: Callable[[C], None], arguments: list[str]
) -> None:
    """Run ``job`` with the options that ``configs/<command>.yaml`` and ``arguments`` make.

    Raises:
        UserError: An override is mistyped, or the options contradict each other.
    """
    if not CONFIGS.is_dir():
        raise UserError(f"there is no {CONFIGS}: {command} needs the repository (pip install -e .)")
    ConfigStore.instance().store(name=f"{command}_schema", node=schema)
    OmegaConf.register_new_resolver("repository", lambda: str(REPOSITORY), replace=True)
    flags = [a for a in arguments if a.startswith("-")]
    overrides = [a for a in arguments if not a.startswith("-")]
    if "-h" in flags or "--help" in flags:
        print(help_text(command, schema, overrides))
        return
    parsed = check_overrides(overrides, schema)
    compose(command, schema, [o.input_line for o in parsed if not o.is_sweep_override()])

    def task(config: DictConfig) -> None:
        try:
            job(to_schema(config, schema))
        except UserError as error:
            print(f"seq2seq {command}: {error}", file=sys.stderr)
            sys.exit(2)

    sys.argv = [f"seq2seq {command}", *arguments, *IN_PLACE, *sweep_folder(parsed)]
    hydra.main(config_path=str(CONFIGS), config_name=command, version_base="1.3")(task)()


def to_schema(config: DictConfig, schema: type[C]) -> C:
    """Plain dataclasses of a composed configuration, with their cross-checks done."""
    options = OmegaConf.to_object(config)
    assert isinstance(options, schema)
    return options


def compose(command: str, schema: type[C], overrides: list[str]) -> C:
    """Compose and check the options; mistakes become one line."""
    try:
        with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
            return to_schema(hydra.compose(command, overrides), schema)
    except (HydraException, OmegaConfBaseException) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        key = next((line.removeprefix("full_key: ") for line in lines if "full_key" in line), "")
        raise UserError(f"{key}: {lines[0]}" if key else lines[0]) from error


def check_overrides(overrides: list[str], schema: type) -> list[Override]:
    """Parse overrides and refuse unknown names and choices, with the nearest right one."""
    names = {name for name, _ in option_fields(schema)}
    groups = {path.name for path in CONFIGS.iterdir() if path.is_dir()}
    try:
        parsed = OverridesParser.create().parse_overrides(overrides)
    except HydraException as error:
        raise UserError(str(error).splitlines()[0]) from error
    for override in parsed:
        key = override.key_or_group
        if key.split(".")[0].split("/")[0] == "hydra":
            continue
        if key not in names | groups:
            raise UserError(f"there is no option {key!r}{nearest(key, names | groups)}")
        if key in groups and not override.is_sweep_override():
            choices = {path.stem for path in (CONFIGS / key).glob("*.yaml")}
            if override.value() is not None and str(override.value()) not in choices:
                raise UserError(
                    f"{key}={override.value()}: choose one of {', '.join(sorted(choices))}"
                )
    return parsed


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
    check_overrides(overrides, schema)
    with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = hydra.compose(command, overrides)
    lines = [f"usage: seq2seq {command} [OPTION=VALUE ...] [-m] [--cfg job]", ""]
    for path in sorted(p for p in CONFIGS.iterdir() if p.is_dir()):
        if path.name in config or path.name == "experiment":
            choices = ", ".join(sorted(p.stem for p in path.glob("*.yaml")))
            lines.append(f"  {path.name}=…  choose {choices}")
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


def sweep_folder(parsed: list[Override]) -> list[str]:
    """Where Hydra notes a sweep: in the folder that holds its runs."""
    given = {o.key_or_group: o.value() for o in parsed if not o.is_sweep_override()}
    if not any(o.is_sweep_override() for o in parsed):
        return []
    return [f"hydra.sweep.dir={given.get('runs_dir', 'runs')}/{given.get('name', 'sweep')}"]


def swept_name() -> str | None:
    """Name of this job inside a sweep, such as ``seed=1``; None outside one."""
    config = HydraConfig.get()
    if config.mode != hydra.types.RunMode.MULTIRUN:
        return None
    return str(config.job.override_dirname)


def choice(group: str) -> str:
    """The file chosen from a group of ``configs/``, such as ``tiny`` for ``model``."""
    return str(HydraConfig.get().runtime.choices[group])


def task_overrides() -> set[str]:
    """Names of the options that were given on the command line."""
    parsed = OverridesParser.create().parse_overrides(list(HydraConfig.get().overrides.task))
    return {override.key_or_group for override in parsed}
