"""Fits: score how well one or several columns fit a field of a record, by name, type and values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from models.records import Field, PersonalClass, Record
from models.values.types import AreaCode, BpsCode, FamilyCardNumber, PersonId, Position
from models.values.vocabulary import Vocabulary
from onboarding.drafting.cleanings import Cleaning, cleanings
from onboarding.drafting.codings import codes_cleaning, departments_cleaning, flag_cleaning
from onboarding.drafting.links import Link
from onboarding.drafting.looks import Looks
from onboarding.drafting.people import People
from onboarding.drafting.texts import is_long_text, text_cleaning
from onboarding.drafting.ways import Setting
from onboarding.drafting.words.lexicon import QUALIFIERS
from onboarding.drafting.words.meanings import (
    Concepts,
    Words,
    all_of,
    concepts_of_text,
    likeness,
    meaning_of_name,
    meaning_of_remark,
)
from onboarding.drafting.words.vocabularies import Codebook, Raw, codebook, is_blank, is_by_number, yes_and_no

ACCEPTED_MIN = 0.45
SHARE_MIN = 0.5
MEANING_MIN = 0.3
REFERENCE_BONUS = 0.25
FORM_BONUS = 0.12
"""A bonus for the only column of long texts in a table, whose name may tell nothing."""
LONG_WORDS_MIN = 8
JOINED_MALUS = 0.08
REMARKED = 0.9
"""What the owner's remark on a column counts for, beside its name."""

_GENERAL = frozenset({*QUALIFIERS, "DESCRIPTION", "TITLE"})
_TOLD_BY_VALUES = (PersonId, AreaCode, BpsCode, FamilyCardNumber, Position)
"""Types that are recognized by their values, whatever the name of their column."""


class Confidence(Enum):
    """The confidence of a guess. LOW means that somebody must check it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Candidate:
    """One or several columns that make a value, in the record's own table or a linked one."""

    columns: tuple[Looks, ...]
    link: Link | None = None
    via: Link | None = None
    """The link to the table where `link` starts, if that is not the record's own."""
    names_codes: bool = False
    """Whether its table is a list of codes and names, without long texts."""
    is_only_day: bool = False
    """Whether no other column of its table is a day or a moment."""
    whole: Cleaning | None = None
    """The cleaning of several columns together."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(looks.column.name for looks in self.columns)

    @property
    def links(self) -> tuple[Link, ...]:
        """The links on the way from the record's own table."""
        return tuple(link for link in (self.via, self.link) if link is not None)


@dataclass(frozen=True)
class Wish:
    """A field of a record and its concepts; `dull` are those of the whole record."""

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
    """A field and a candidate for it. `meaning` is the agreement of their names, from 0 to 1."""

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
    def is_told(self) -> bool:
        """Whether something tells the field, and it is not a mere guess at a column of codes."""
        return self.book is None or bool(self.book.told)

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
    """Scores pairs of field and candidate, with a cache per column and type."""

    def __init__(
        self, setting: Setting, spellings: dict[tuple[str, str], dict[Raw, str]], people: People | None
    ) -> None:
        """`spellings` are the names of codes from the tables that columns refer to, by table and column."""
        self._setting = setting
        self._spellings = spellings
        self._people = people
        self._kept: dict[tuple[type, str, str], Cleaning | None] = {}

    def of_anybody(self) -> Fitting:
        """The same for a database without people, to see what a field would have been read from."""
        return Fitting(self._setting, self._spellings, None)

    def fit(self, wish: Wish, candidate: Candidate, *, leads_there: bool = False) -> Fit | None:
        """The fit of a candidate; None if there is none. `leads_there`: it is the key of the right row."""
        if not self._may_show(wish, candidate) or not _is_own_status(wish, candidate):
            return None
        found = self._judged(wish, candidate)
        if found is None:
            return None
        score = found.score + REFERENCE_BONUS * leads_there - JOINED_MALUS * len(candidate.links)
        return Fit(wish, candidate, score, found.meaning, found.cleaning, found.book) if score >= ACCEPTED_MIN else None

    def _may_show(self, wish: Wish, candidate: Candidate) -> bool:
        """Whether a field may be read from these columns: a public one never from people."""
        personal, columns = wish.contract.personal, candidate.columns
        if self._people is None:
            return True
        is_people = any(looks.column.table in self._people.tables for looks in columns)
        if (
            candidate.link is not None
            and is_people
            and personal in (PersonalClass.NON_PERSONAL, PersonalClass.FREE_TEXT)
        ):
            return False  # What somebody wrote, and where it is, is of the row and not of its writer.
        if personal is not PersonalClass.NON_PERSONAL and candidate.names_codes and not is_people:
            return False  # A list of codes has no name of a person.
        return all(self._people.may_show(looks, personal) for looks in columns)

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
        if meaning < MEANING_MIN and (not is_told or is_by_number(book)):
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
        if is_long and candidate.link is not None:
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


def _is_own_status(wish: Wish, candidate: Candidate) -> bool:
    """A status is the row's own, or is named by a list that a column of the row refers to."""
    link = candidate.link
    if link is None or "STATUS" not in all_of(wish.words) or not issubclass(wish.contract.clean_type, Vocabulary):
        return True
    return candidate.names_codes and candidate.via is None and "STATUS" in all_of(meaning_of_name(link.column))


def _meaning(wish: Wish, candidate: Candidate) -> float:
    """How well the names agree, with or without the name of the linked table."""
    names = tuple(word for name in candidate.names for word in meaning_of_name(name))
    if candidate.whole is not None:
        best = max(likeness(wish.words, wish.hinted, meaning_of_name(name), dull=wish.dull) for name in candidate.names)
        return max(best, 0.8 if wish.contract.clean_type is Position else 0.0)
    own = all_of(meaning_of_name(candidate.columns[0].column.table, is_table=True))
    dull = wish.dull | (own if candidate.link is None else frozenset())
    alone = likeness(wish.words, wish.hinted, names, dull=dull)
    remarked = meaning_of_remark(candidate.columns[0].column.declared.remark)
    alone = max(alone, REMARKED * likeness(wish.words, wish.hinted, remarked, dull=dull))
    if issubclass(wish.contract.clean_type, date):
        # `tanggal` and `created_at` alone are days of the table's own subject, and so is the only day that it has.
        alone = max(alone, 0.55 * (names == meaning_of_name("tgl")), 0.4 * candidate.is_only_day)
    if candidate.link is None:
        return alone
    table = meaning_of_name(candidate.columns[0].column.table, is_table=True)
    led = meaning_of_name(candidate.link.column)
    with_table = max(likeness(wish.words, wish.hinted, (*names, *around), dull=wish.dull) for around in (table, led))
    is_public_text = wish.contract.personal is PersonalClass.NON_PERSONAL and wish.contract.clean_type is str
    if is_public_text and all_of(wish.words) & {"NAME", "CODE"}:
        # The name or code of something is that of a table or a column which says so.
        said = all_of((*names, *table, *led)) | QUALIFIERS.keys()
        said |= wish.dull if "CODE" in all_of(wish.words) else frozenset()
        if any(not word & said for word in wish.words):
            return 0.0
    # A mere `name` or `code` of another table is that of what the table holds.
    is_general = all(word <= _GENERAL for word in names)
    return with_table if is_general else max(alone * 0.9, with_table)
