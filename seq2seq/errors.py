"""The one exception that means "the user can mend this"."""


class UserError(Exception):
    """Bad input, said in one line that tells what to do.

    Commands print it without a traceback and exit with a non-zero code.
    """
