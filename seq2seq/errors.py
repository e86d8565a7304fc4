"""The one exception that means "the user can mend this"."""

from __future__ import annotations


class UserError(Exception):
    """Bad input, said in one line that tells what to do.

    Commands print it without a traceback and exit with a non-zero code.
    """


def first_line(error: BaseException) -> str:
    """An exception in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
