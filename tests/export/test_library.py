import subprocess
import sys

PROGRAM = """
import sys
sys.modules["ctranslate2"] = None  # as if it were not installed
from seq2seq.errors import UserError
try:
    import seq2seq.export.engine
except UserError as error:
    print(error)
"""


def test_without_the_library_one_line_says_how_to_get_it():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "CTranslate2 is not installed: pip install ctranslate2\n"
