"""Compose English-French sentence pairs with word links: python compose.py --pairs 70000."""

from __future__ import annotations

import argparse
import gzip
import io
from collections import Counter
from pathlib import Path
from random import Random

import families_clauses  # noqa: F401  (each module registers its families)
import families_compare  # noqa: F401
import families_complex  # noqa: F401
import families_core  # noqa: F401
import families_facts  # noqa: F401
import families_fixed  # noqa: F401
import families_more  # noqa: F401
import families_pronouns  # noqa: F401
import families_questions  # noqa: F401
import families_time  # noqa: F401
from choose import Chooser
from family import FAMILIES
from held_out import is_barred
from surface import realize

HERE = Path(__file__).resolve().parent
MAX_WORDS, MIN_WORDS, TRIES = 18, 3, 60


def compose(pairs: int, seed: int, only: str = "") -> list[tuple[str, str, str, str]]:
    """Distinct pairs as family, English, French, links, shuffled."""
    rng = Random(seed)
    names = [n for n in FAMILIES if not only or n in only.split(",")]
    total = sum(FAMILIES[n][1] for n in names)
    seen: dict[str, set[str]] = {}
    rows: list[tuple[str, str, str, str]] = []
    for name in names:
        make, weight = FAMILIES[name]
        wanted, misses = round(pairs * weight / total), 0
        while wanted > 0 and misses < TRIES:
            pair = make(Chooser(rng))
            en, fr, links = realize(pair, rng)
            if not _fresh(en, fr, seen):
                misses += 1
                continue
            rows.append((name, en, fr, links))
            wanted, misses = wanted - 1, 0
    rng.shuffle(rows)
    return rows


def _fresh(en: str, fr: str, seen: dict[str, set[str]]) -> bool:
    """Whether the pair is new, of a good length, and at most the second of its English side."""
    if not MIN_WORDS <= len(en.split()) <= MAX_WORDS or is_barred(en):
        return False
    known = seen.setdefault(en.lower(), set())
    if fr in known or len(known) >= 2:
        return False
    known.add(fr)
    return True


def write(rows: list[tuple[str, str, str, str]], path: Path) -> None:
    """Gzip without a time or a name, so that the same rows are the same bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as out,
    ):
        for _, en, fr, links in rows:
            out.write(f"{en}\t{fr}\t{links}\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=71000, help="about how many pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=HERE.parent / "composed.tsv.gz")
    parser.add_argument("--show", default="", help="print these families (a,b) instead, or all")
    args = parser.parse_args()
    rows = compose(args.pairs, args.seed, "" if args.show == "all" else args.show)
    if args.show:
        for row in sorted(rows):
            print("\t".join(row))
        return
    write(rows, args.output)
    for name, count in Counter(row[0] for row in rows).most_common():
        print(f"{count:6d} {name}")
    print(f"{len(rows):6d} pairs")


if __name__ == "__main__":
    main()
