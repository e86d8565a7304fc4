"""How options are declared, checked, and turned into plain values and back."""

from __future__ import annotations

import re
from dataclasses import field, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, get_type_hints

from seq2seq.errors import UserError

T = TypeVar("T")
MISSING: Any = "???"  # OmegaConf's mark for "no default: must be chosen"


def option(default: Any, meaning: str) -> Any:
    """A dataclass field with a default and the sentence that ``--help`` shows for it."""
    if isinstance(default, list):
        return field(default_factory=default.copy, metadata={"help": meaning})
    return field(default=default, metadata={"help": meaning})


def section(meaning: str, default: type | None = None) -> Any:
    """A nested group of options; without a default it must be chosen."""
    if default is None:
        return field(default=MISSING, metadata={"help": meaning})
    return field(default_factory=default, metadata={"help": meaning})


def require(condition: bool, message: str) -> None:
    """Raise ``UserError(message)`` unless ``condition`` holds."""
    if not condition:
        raise UserError(message)


def require_defaults(options: Any, known: set[str], otherwise: str) -> None:
    """Raise ``UserError`` where an option that is not among ``known`` has been chosen."""
    default = type(options)()
    for name in (f.name for f in fields(options) if f.name not in known):
        value = getattr(options, name)
        shown = value.value if isinstance(value, Enum) else value
        require(value == getattr(default, name), f"{name}={shown} {otherwise}")


def as_argument(name: str, value: str) -> str:
    """``name=value`` for a command line, quoted where a shell or Hydra would read it otherwise."""
    return f"{name}={value}" if re.fullmatch(r"[\w./-]+", value) else f"\"{name}='{value}'\""


def to_plain(value: Any) -> Any:
    """Options as nested dicts, lists, numbers and strings, ready for YAML or JSON."""
    if is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, (list, tuple)) else value


def from_plain(schema: type[T], values: dict[str, Any]) -> T:
    """The inverse of ``to_plain``; a name that ``schema`` lacks raises ``UserError``."""
    kinds = get_type_hints(schema)
    unknown = sorted(values.keys() - kinds.keys())
    require(not unknown, f"unknown options: {', '.join(unknown)}")

    def build(kind: Any, value: Any) -> Any:
        if is_dataclass(kind) and isinstance(kind, type):
            return from_plain(kind, value)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind(value)
        return value

    return schema(**{name: build(kinds[name], value) for name, value in values.items()})


def flatten(options: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested options under dotted names."""
    flat = {}
    for name, value in options.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat
