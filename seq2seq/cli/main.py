"""``seq2seq COMMAND …``: find the command, run it, and say errors in one line."""

from __future__ import annotations

import difflib
import importlib
import io
import sys

from seq2seq import __version__
from seq2seq.errors import UserError

COMMANDS = {
    "prepare": "clean a corpus, split it, and learn its subwords",
    "train": "train a model, preparing its corpus first",
    "evaluate": "translate a test set and score it",
    "translate": "translate sentences",
    "explain": "walk a sentence through cross-attention, number by number",
    "align": "link the words of sentence pairs",
    "summarize": "mean and spread of the scores of several runs",
    "compare": "test whether one run is better than another, and show where",
    "selfcheck": "prove that decoding with a run is exact",
    "score": "score any translation against references",
    "export": "write a run as a small folder, or for CTranslate2",
    "report": "write one page about a run, with its cross-attention",
}


def main() -> None:
    """Entry point of the console script."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a log file grows as the terminal would
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return
    if arguments[0] == "--version":
        print(f"seq2seq {__version__}")
        return
    command = arguments[0]
    try:
        if command not in COMMANDS:
            close = difflib.get_close_matches(command, COMMANDS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"choose {', '.join(COMMANDS)}"
            raise UserError(f"there is no command {command!r}: {hint}")
        module = importlib.import_module(f"seq2seq.cli.{command}")
        module.main(arguments[1:])
    except BrokenPipeError:  # the reader of our output has had enough
        sys.stderr.close()
        sys.exit(141)
    except (UserError, OSError) as error:  # a full disk, say
        print(f"seq2seq {command}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        sys.exit(130)


def usage() -> str:
    """What ``seq2seq --help`` prints."""
    lines = ["Train an English-French transformer and see its cross-attention.", ""]
    lines += ["usage: seq2seq COMMAND [OPTIONS]", ""]
    lines += [f"  {name:<10} {meaning}" for name, meaning in COMMANDS.items()]
    lines += ["", "seq2seq COMMAND --help lists the options of a command."]
    return "\n".join(lines)
