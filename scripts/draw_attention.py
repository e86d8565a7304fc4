"""Draw the cross-attention of one sentence as a picture, with a trained run.

python scripts/draw_attention.py "Hello, how are you?" --out attention.png
python scripts/draw_attention.py "I like tea." --heads --run my-run --out heads.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from seq2seq.analysis.plots import heads_figure, mean_figure
from seq2seq.errors import UserError
from seq2seq.translator import Translator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", help="the sentence to translate")
    parser.add_argument("--run", default="latest", help="name or folder of the run")
    parser.add_argument("--heads", action="store_true", help="every block and head, not the mean")
    parser.add_argument("--out", type=Path, required=True, help="picture to write (.png, .svg)")
    options = parser.parse_args()
    try:
        translator = Translator.load(options.run)
        translation = translator.translate([options.text])[0].text
        attention = translator.align(options.text, translation)
    except UserError as error:
        sys.exit(str(error))
    title = f"{options.text} → {translation}"
    figure = (heads_figure if options.heads else mean_figure)(attention, title)
    figure.savefig(options.out, dpi=150)
    print(f"{translation}\n{options.out}")


if __name__ == "__main__":
    main()
