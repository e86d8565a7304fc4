"""CTranslate2, or one line that says how to get it."""

from seq2seq.errors import UserError

try:
    import ctranslate2
except ImportError as error:
    raise UserError("CTranslate2 is not installed: pip install ctranslate2") from error

__all__ = ["ctranslate2"]
