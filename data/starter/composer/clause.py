"""A clause as one specification, and its tags; the two realizers read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lexicon import Frame
from nouns import NP
from words import Pair, Word, new_tag


@dataclass(slots=True)
class Clause:
    """Who does what, when and how, and how the sentence asks or denies it.

    neg: "", not, never, longer, nothing, nobody, only. ask: "", esq (est-ce que), inv, into.
    gap: a slot that a question word or a relative pronoun already fills.
    """

    subj: NP
    frame: Frame
    args: dict[str, NP] = field(default_factory=dict)
    tense: str = "pres"
    modal: str = ""
    neg: str = ""
    ask: str = ""
    wh: Pair | None = None
    gap: str = ""
    gap_agree: NP | None = None
    adverb: Pair = field(default_factory=Pair)
    manner: Pair = field(default_factory=Pair)
    manner_early: bool = False
    tail: list[Pair] = field(default_factory=list)
    places: dict[str, Pair] = field(default_factory=dict)
    moved: list[Word] = field(default_factory=list)
    let_us: bool = False
    head_tags: list[int] = field(default_factory=list)
    aux_tag: int = field(default_factory=new_tag)
    neg_tag: int = field(default_factory=new_tag)
    modal_tag: int = field(default_factory=new_tag)
    ask_tag: int = field(default_factory=new_tag)

    def __post_init__(self) -> None:
        self.head_tags = self.frame.pattern.tags()

    @property
    def denied(self) -> bool:
        """Whether English needs not (or never) and French ne."""
        return bool(self.neg)

    @property
    def partitive(self) -> bool:
        """Whether French has `de` for `du`, `un` … under this negation."""
        distant = self.modal in ("time", "afraid", "feel like", "need")
        return self.neg in ("not", "never", "longer", "denied") and not distant

    @property
    def supported(self) -> bool:
        """Whether English wants an auxiliary before the verb."""
        if self.let_us:
            return False
        return bool(self.ask) or self.neg in ("not", "longer", "nothing", "nobody")

    @property
    def fr_subj(self) -> NP:
        """The French subject (the English object of a swapped frame)."""
        return self.args["o"] if self.frame.swapped else self.subj

    def tags_of(self, refs: tuple[int, ...]) -> tuple[int, ...]:
        """Tags of a pattern word."""
        return tuple(self.head_tags[n] for n in refs)


def realize_clause(c: Clause) -> Pair:
    """Both sides of a clause, without a final mark."""
    from english import english_clause
    from french import french_clause

    return Pair(english_clause(c), french_clause(c))
