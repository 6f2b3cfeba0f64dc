"""Fits: how well a column, or a few that belong together, serve a field of a record: by name, type and values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from connectors.drafting.cleanings import Cleaning, cleanings
from connectors.drafting.codings import codes_cleaning, departments_cleaning, flag_cleaning
from connectors.drafting.links import Link
from connectors.drafting.looks import Looks
from connectors.drafting.meanings import Concepts, Words, all_of, concepts_of_text, likeness, meaning_of_name
from connectors.drafting.texts import is_long_text, text_cleaning
from connectors.drafting.vocabularies import Codebook, Raw, codebook, is_blank, yes_and_no
from connectors.drafting.ways import Setting
from models.records import Field, PersonalClass, Record
from models.values import AreaCode, BpsCode, FamilyCardNumber, Nik, Position
from models.vocabulary import Vocabulary

ACCEPTED_MIN = 0.45
SHARE_MIN = 0.5
MEANING_MIN = 0.3
REFERENCE_BONUS = 0.25
FORM_BONUS = 0.12
"""What a long text has instead of a telling name: the one column of a table in which people write."""
LONG_WORDS_MIN = 8
JOINED_MALUS = 0.08

_TOLD_BY_VALUES = (Nik, AreaCode, BpsCode, FamilyCardNumber, Position)
"""Types whose values say what they are, whatever their column is called."""


class Confidence(Enum):
    """How sure a guess is. LOW is a guess that somebody must look at."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Candidate:
    """A column, or columns that together make a value, of a record's own table or of one that a link leads to."""

    columns: tuple[Looks, ...]
    link: Link | None = None
    via: Link | None = None
    """The link that leads to the table from which `link` leads on, where that is not the record's own."""
    names_codes: bool = False
    """Whether its table is a list of codes and their names, in which nobody writes at length."""
    whole: Cleaning | None = None
    """What the columns give together, where they are several."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(looks.column.name for looks in self.columns)

    @property
    def links(self) -> tuple[Link, ...]:
        """The links on the way to its table, the first of the record's own."""
        return tuple(link for link in (self.via, self.link) if link is not None)


@dataclass(frozen=True)
class Wish:
    """A field of a record, in concepts; `dull` are those of the whole record."""

    record: type[Record]
    contract: Field
    words: Words
    hinted: Concepts
    dull: Concepts

    @classmethod
    def of(cls, record: type[Record], contract: Field) -> Wish:
        dull = all_of(meaning_of_name(record.__name__)) | all_of(meaning_of_name(record.name))
        words = meaning_of_name(contract.name)
        return cls(record, contract, words, concepts_of_text(contract.description), dull)


@dataclass(frozen=True)
class Fit:
    """A field and the candidate that it may be read from. `meaning` is how well the names agree, from 0 to 1."""

    wish: Wish
    candidate: Candidate
    score: float
    meaning: float
    cleaning: Cleaning
    book: Codebook | None = None
    notes: tuple[str, ...] = field(default=())
    doubtful: bool = False

    @property
    def name(self) -> str:
        return self.wish.contract.name

    @property
    def confidence(self) -> Confidence:
        if self.doubtful or self.meaning < 0.4:
            sure = self.cleaning.specific >= 0.8 and self.cleaning.share >= 0.9 and not self.doubtful
            return Confidence.MEDIUM if sure else Confidence.LOW
        if self.book is not None:
            untold = len(self.book.untold) + self.book.hidden
            return Confidence.LOW if not self.book.told else Confidence.MEDIUM if untold else Confidence.HIGH
        if self.cleaning.share >= 0.95 and self.meaning >= 0.6:
            return Confidence.HIGH
        return Confidence.MEDIUM if self.cleaning.share >= 0.7 else Confidence.LOW


class Fitting:
    """Judges pairs of field and candidate, and keeps what it found of each column and type."""

    def __init__(self, setting: Setting, spellings: dict[tuple[str, str], dict[Raw, str]]) -> None:
        """`spellings` are, by table and column, what the table that a column of codes leads to calls its codes."""
        self._setting = setting
        self._spellings = spellings
        self._kept: dict[tuple[type, str, str], Cleaning | None] = {}

    def fit(self, wish: Wish, candidate: Candidate, *, leads_there: bool = False) -> Fit | None:
        """How well a candidate serves a field; None where it cannot. `leads_there`: it is the key of the right row."""
        found = self._judged(wish, candidate)
        if found is None:
            return None
        score = found.score + REFERENCE_BONUS * leads_there - JOINED_MALUS * len(candidate.links)
        return Fit(wish, candidate, score, found.meaning, found.cleaning, found.book) if score >= ACCEPTED_MIN else None

    def _judged(self, wish: Wish, candidate: Candidate) -> Fit | None:
        meaning, kind = _meaning(wish, candidate), wish.contract.clean_type
        if candidate.whole is not None:
            whole = candidate.whole
            if not issubclass(whole.decoder.clean_type, kind) or whole.share < SHARE_MIN:
                return None
            return Fit(wish, candidate, 0.55 * meaning + 0.6 * whole.share, meaning, whole)
        (looks,) = candidate.columns
        if issubclass(kind, Vocabulary):
            return self._coded(wish, candidate, looks, meaning)
        if kind is bool:
            return self._flagged(wish, candidate, looks, meaning)
        if kind is str:
            return self._written(wish, candidate, looks, meaning)
        return self._typed(wish, candidate, looks, meaning)

    def _typed(self, wish: Wish, candidate: Candidate, looks: Looks, meaning: float) -> Fit | None:
        kind = wish.contract.clean_type
        place = (kind, looks.column.table, looks.column.name)
        if place not in self._kept:
            self._kept[place] = cleanings(kind, looks, self._setting)
        cleaning = self._kept[place]
        if cleaning is None or cleaning.share < SHARE_MIN:
            return None
        if meaning < MEANING_MIN and kind not in _TOLD_BY_VALUES:
            return None
        if kind is FamilyCardNumber and looks.niks > 0.5 and meaning < 0.7:
            return None
        if kind is AreaCode and "BPS" in all_of(meaning_of_name(looks.column.name)):
            return None
        score = 0.6 * meaning + cleaning.share * (0.15 + 0.4 * cleaning.specific)
        return Fit(wish, candidate, score, meaning, cleaning)

    def _coded(self, wish: Wish, candidate: Candidate, looks: Looks, meaning: float) -> Fit | None:
        personal = wish.contract.personal is not PersonalClass.NON_PERSONAL
        column = looks.column
        spellings = self._spellings.get((column.table, column.name))
        book = codebook(wish.contract.clean_type, column, personal=personal, spellings=spellings)
        if book is None or (meaning < 0.55 and not book.told):
            return None
        is_told = book.rows_told >= 0.7 * book.rows and len({one.member for one in book.told}) > 1
        if meaning < MEANING_MIN and not is_told:
            return None
        if column.kind.name in ("DAY", "MOMENT", "ZONED", "CLOCK") or looks.personal > 0.2:
            return None
        cleaning = codes_cleaning(wish.record, wish.contract, book, looks, self._setting)
        score = 0.55 * meaning + 0.5 * book.share + (0.2 if is_told and book.share > SHARE_MIN else 0.0)
        return Fit(wish, candidate, score, meaning, cleaning, book)

    def _flagged(self, wish: Wish, candidate: Candidate, looks: Looks, meaning: float) -> Fit | None:
        letters = yes_and_no(looks.column)
        if letters is None or meaning < MEANING_MIN:
            return None
        blanks = tuple(value for value in looks.column.counts if is_blank(value))
        cleaning = flag_cleaning(letters, blanks, looks)
        return Fit(wish, candidate, 0.6 * meaning + 0.35, meaning, cleaning)

    def _written(self, wish: Wish, candidate: Candidate, looks: Looks, meaning: float) -> Fit | None:
        is_long = is_long_text(wish.contract, all_of(wish.words))
        if is_long and candidate.names_codes:
            return None
        if meaning < MEANING_MIN and not (is_long and candidate.link is None and looks.words >= LONG_WORDS_MIN):
            return None
        if {"DEPARTMENT", "CODE"} <= all_of(wish.words):
            cleaning = departments_cleaning(wish.record, wish.contract, looks, self._setting)
            if cleaning is not None:
                return Fit(wish, candidate, 0.6 * meaning + 0.4 * cleaning.share, meaning, cleaning)
        found = text_cleaning(wish.contract, all_of(wish.words), looks, self._setting)
        if found is None:
            return None
        cleaning, form = found
        is_personal = wish.contract.personal is not PersonalClass.NON_PERSONAL
        if not is_personal and looks.personal > 0.5 and "PHONE" not in all_of(wish.words):
            return None
        if not looks.column.filled:
            form = 0.3
        by_form = FORM_BONUS if meaning < MEANING_MIN else 0.0
        return Fit(wish, candidate, 0.65 * meaning + 0.35 * form + by_form, meaning, cleaning)


def _meaning(wish: Wish, candidate: Candidate) -> float:
    """How well the names agree, alone and with the name of the table that a link leads to."""
    names = tuple(word for name in candidate.names for word in meaning_of_name(name))
    if candidate.whole is not None:
        best = max(likeness(wish.words, wish.hinted, meaning_of_name(name), dull=wish.dull) for name in candidate.names)
        return max(best, 0.8 if wish.contract.clean_type is Position else 0.0)
    own = all_of(meaning_of_name(candidate.columns[0].column.table, is_table=True))
    dull = wish.dull | (own if candidate.link is None else frozenset())
    alone = likeness(wish.words, wish.hinted, names, dull=dull)
    if issubclass(wish.contract.clean_type, date):
        # `tanggal` and `created_at` alone are the day of whatever the table is about.
        alone = max(alone, 0.55 * (names == meaning_of_name("tgl")))
    if candidate.link is None:
        return alone
    table = meaning_of_name(candidate.columns[0].column.table, is_table=True)
    return max(alone * 0.9, likeness(wish.words, wish.hinted, (*names, *table), dull=wish.dull))
