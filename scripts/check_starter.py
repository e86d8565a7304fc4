"""Check the starter corpus and print what is in it; exits 1 if a hard rule is broken.

python scripts/check_starter.py
python scripts/check_starter.py --reference pairs.tsv   # English TAB French that it may not repeat
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, quantiles

from starter_rules import (
    TRAINING,
    Corpus,
    Row,
    Tokens,
    duplicates,
    hard_faults,
    lines_of,
    plain,
    read,
    spellers_of,
    wildcards,
)

from seq2seq.alignment.words import words

ROOT = Path(__file__).resolve().parent.parent / "data" / "starter"
FREQUENT, OFTEN = 2000, 10
BINS = ((1, 5), (6, 10), (11, 15), (16, 20))
MAX_NEAR = 0.1  # of the written pairs with a neighbor: a goal
MAX_SHARED = 0.04  # of the written pairs with a reference corpus: a rule

Figures = dict[str, str]


def table(corpus: Corpus) -> str:
    """One column a part, one line a figure."""
    columns = {part: figures(rows) for part, rows in corpus.parts.items() if len(rows) > 1}
    if "written" in columns:
        columns["written"] |= variety(corpus)
    for part in {"validation", "test"} & columns.keys():
        columns[part] |= coverage(list(corpus.rows(part)), list(corpus.rows(*TRAINING)))
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [["", *columns]]
    lines += [[name, *(column.get(name, "") for column in columns.values())] for name in names]
    return "\n".join("".join([f"{line[0]:40}", *map("{:>15}".format, line[1:])]) for line in lines)


def figures(rows: list[Row]) -> Figures:
    """Counts, lengths and ratios of one part."""
    english, french = [row.key[0] for row in rows], [row.key[1] for row in rows]
    lengths = [len(tokens) for tokens in english]
    ratios = quantiles((len(f) / len(e) for e, f in zip(english, french, strict=True)), n=100)
    return {
        "pairs": f"{len(rows):,}",
        "English word types": f"{len(types(english)):,}",
        "French word types": f"{len(types(french)):,}",
        "English words a sentence": f"{mean(lengths):.1f}",
        **{f"  {a} to {b} words": share(a <= n <= b for n in lengths) for a, b in BINS},
        "French words for an English one, median": f"{ratios[49]:.2f}",
        "  1st to 99th percentile": f"{ratios[0]:.2f} to {ratios[98]:.2f}",
    }


def variety(corpus: Corpus) -> Figures:
    """Topics, practice of the frequent words, and near-repetitions of the written part."""
    sentences = [row.tokens for row in corpus.rows("written")]
    practice = Counter(word for tokens in set(sentences) for word in set(tokens))
    frequent = [word for word, _ in types(sentences).most_common(FREQUENT)]
    users = Counter(card for tokens in sentences for card in wildcards(tokens))
    near = share(any(users[card] > 1 for card in wildcards(tokens)) for tokens in sentences)
    return {
        "topics": str(len({row.place.split(":")[0] for row in corpus.rows("written")})),
        f"top {FREQUENT:,} types in {OFTEN} sentences or more": (
            f"{sum(practice[word] >= OFTEN for word in frequent):,}"
        ),
        f"with a neighbor (goal: under {MAX_NEAR:.0%})": near,
    }


def coverage(held_out: list[Row], training: list[Row]) -> Figures:
    """Shares of held-out words that training has."""
    found: Figures = {}
    for n, side in enumerate(("English", "French")):
        known = types(row.key[n] for row in training)
        needed = types(row.key[n] for row in held_out)
        found[f"{side} words known to training"] = f"{covered(needed, known):.2%}"
        found[f"{side} types known to training"] = f"{covered(Counter(set(needed)), known):.2%}"
    return found


def types(sentences: Iterable[Tokens]) -> Counter[str]:
    """How often each word occurs."""
    return Counter(word for tokens in sentences for word in tokens)


def covered(needed: Counter[str], known: Counter[str]) -> float:
    """Share of ``needed`` that ``known`` has."""
    return sum(n for word, n in needed.items() if word in known) / needed.total()


def share(hits: Iterable[bool]) -> str:
    """How many are true, in percent."""
    return f"{mean(hits):.1%}"


def shared_pairs(corpus: Corpus, reference: Path) -> float:
    """Share of written pairs whose two sides stand together in another corpus too."""
    pairs = (line.split("\t") for line in lines_of(reference))
    theirs = {tuple(plain(words(cell)) for cell in pair[:2]) for pair in pairs}
    return mean(row.key in theirs for row in corpus.rows("written"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the corpus")
    parser.add_argument("--reference", type=Path, help="pairs it may not repeat")
    options = parser.parse_args()
    gc.disable()  # all objects live to the end: saves a third of the time
    corpus = read(options.root)
    faults = hard_faults(corpus, spellers_of(options.root))
    print(table(corpus))
    for alternative in duplicates(corpus)[1]:
        print(f"note: {alternative}")
    if options.reference:
        share = shared_pairs(corpus, options.reference)
        print(f"{share:.2%} of the written pairs stand in {options.reference} too")
        if share > MAX_SHARED:
            faults.append(f"{options.reference}: shares {share:.2%}, more than {MAX_SHARED:.0%}")
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(f"{len(faults)} faults")
    print("no faults")


if __name__ == "__main__":
    main()
