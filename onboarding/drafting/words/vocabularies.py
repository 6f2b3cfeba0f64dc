"""Vocabularies: find the member of an enum that a legacy code means, by its spelling. Pure.

A value enters a draft only if its field is not personal and the value does not look personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from models.policy.masks import masked_text
from models.values.vocabulary import UNKNOWN, Vocabulary
from onboarding.drafting.looks import is_nothing
from onboarding.drafting.tables import SampledColumn
from onboarding.drafting.words.lexicon import BOTH, IMPLIED, NO, OFFICIAL_NUMBERS, ROMAN, YES
from onboarding.drafting.words.meanings import is_word_of_systems, root_of, states_of, words_of
from onboarding.tallies import shown_code

CODES_MAX = 60
"""A column with more different values does not hold codes."""
SHOWN_ROWS_MIN = 2
NAME_CHARS_MAX = 3
"""Words up to this length are not names."""
EXACT_MIN = 0.95
"""The sureness of a code that is exactly a member's name."""
OFFICIAL = 0.55
"""The sureness of a number that a ministry uses for the member."""
PREFIX_CHARS_MIN = 2
CONTAINED_CHARS_MIN = 4

_LETTERS = re.compile(r"[^\W\d_]+")

Raw = str | int | bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of an observed code, its sureness from 0 to 1, and its number of rows."""

    raw: Raw
    rows: int
    member: Vocabulary | None
    sureness: float


@dataclass(frozen=True, slots=True)
class Codebook:
    """The observed codes of a column. `hidden` counts those that must not be shown; `nothings` mean null."""

    meanings: tuple[Meaning, ...]
    hidden: int
    nothings: tuple[Raw, ...]
    rows: int

    @property
    def told(self) -> tuple[Meaning, ...]:
        return tuple(meaning for meaning in self.meanings if meaning.member is not None)

    @property
    def untold(self) -> tuple[Meaning, ...]:
        return tuple(meaning for meaning in self.meanings if meaning.member is None)

    @property
    def share(self) -> float:
        """The share of rows with a known code, weighted by sureness."""
        return sum(meaning.rows * meaning.sureness for meaning in self.told) / self.rows if self.rows else 0.0

    @property
    def rows_told(self) -> int:
        return sum(meaning.rows for meaning in self.told)


def codebook(
    kind: type[Vocabulary], column: SampledColumn, *, personal: bool, spellings: dict[Raw, str] | None = None
) -> Codebook | None:
    """The codes of a column in terms of a vocabulary; None if it does not hold codes.

    `spellings` are names of codes, from the table that they refer to or from the owner's remark.
    """
    values: dict[Raw, int] = {value: count for value, count in column.counts.items() if isinstance(value, str | int)}
    if values and all(isinstance(value, str) for value in values):
        values |= {member: 0 for member in column.declared.members if member not in values}
    if not values or len(values) > CODES_MAX or len({type(value) for value in values}) > 1:
        return None
    nothings = tuple(value for value in values if _is_nothing(value, spellings or {}))
    said = {value: count for value, count in values.items() if value not in nothings}
    if not said or any(len(str(value)) > 40 for value in said):
        return None
    words = dict(column_remark(column)) | {str(raw): text for raw, text in (spellings or {}).items()}
    meant = _meant(kind, said, words)
    told = [one for one in meant if one.member is not None and not _looks_like_somebody(one)]
    untold = [one for one in meant if one.member is None and not personal and _may_be_shown(one, meant)]
    shown = (*told, *untold)
    rest = len(meant) - len(shown)
    return Codebook(tuple(sorted(shown, key=_order)), rest, nothings, sum(said.values()))


def is_by_number(book: Codebook) -> bool:
    """Whether the codes are told by numbers that others use for the same, and by no word."""
    return all(one.sureness <= OFFICIAL for one in book.told)


def _order(meaning: Meaning) -> tuple[int, str]:
    members = list(type(meaning.member)) if meaning.member is not None else []
    return (members.index(meaning.member) if meaning.member is not None else 99, str(meaning.raw))


def _is_nothing(value: Raw, spellings: dict[Raw, str]) -> bool:
    """Whether a code means null. A zero does, unless it is a text or has a name."""
    return isinstance(value, str) and value.strip() in ("", "-", "--", "?") and value not in spellings


def _meant(kind: type[Vocabulary], said: dict[Raw, int], words: dict[str, str]) -> list[Meaning]:
    found = []
    for raw, rows in said.items():
        member, sureness = best_member(kind, words.get(str(raw), str(raw)))
        found.append(Meaning(raw, rows, member, sureness))
    return _by_initials(kind, found) if any(one.member is None for one in found) else found


def best_member(kind: type[Vocabulary], spelling: str) -> tuple[Vocabulary | None, float]:
    """The member that a spelling means, and its sureness; None if several fit equally well."""
    members = [member for member in kind if member.value != UNKNOWN]
    scored = sorted(((_sureness(member, spelling), member.value, member) for member in members), reverse=True)
    sureness, _, member = scored[0]
    is_tie = len(scored) > 1 and scored[1][0] == sureness
    if sureness and is_tie and " " in spelling.strip():
        # `menunggu diproses` waits, `selesai diproses` is done: what is said first is the state.
        return best_member(kind, spelling.strip().rpartition(" ")[0])
    return (None, 0.0) if sureness == 0 or is_tie else (member, sureness)


def _plain(text: str) -> str:
    """Lower-case letters and digits with single blanks; Roman numerals after a word become digits: `Kelas III`."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    return " ".join([*words[:1], *(ROMAN.get(word, word) for word in words[1:])])


@cache
def _names_of(member: Vocabulary) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The names of a member, the words in them, and the acronyms in its description."""
    labels = (member.value.replace("_", " "), member.label.id, member.label.en)
    parts = [part for label in labels for part in (label, *re.split(r"[/()]", label)) if part.strip()]
    wholes = frozenset(_plain(part) for part in parts)
    words = frozenset(word for whole in wholes for word in whole.split())
    acronyms = frozenset(word.lower() for word in re.findall(r"\b[A-Z][A-Z0-9]+\b", member.description))
    return wholes, words, acronyms


def _sureness(member: Vocabulary, spelling: str) -> float:
    wholes, words, acronyms = _names_of(member)
    plain = _plain(spelling)
    if not plain:
        return 0.0
    if plain in wholes or plain.replace(" ", "") in {whole.replace(" ", "") for whole in wholes}:
        return 1.0
    if plain in acronyms or {root_of(plain)} & {root_of(whole) for whole in wholes}:
        return 0.95
    own = _states_of_member(member)
    said = states_of(plain.split()) or states_of([root_of(word) for word in plain.split()])
    if said & own:
        return 0.9 if said <= own else 0.85
    split = words_of(spelling)
    numbers = {word for word in split if word.isdigit()}
    if numbers and numbers <= words and (len(split) > 1 or len(words) > 1):
        return 0.7
    implied = {wider for state in said for wider in IMPLIED.get(state, ())}
    if implied & own:
        return 0.65
    if OFFICIAL_NUMBERS.get(member.value) == plain:
        return OFFICIAL
    if any(len(whole) > CONTAINED_CHARS_MIN and f" {whole} " in f" {plain} " for whole in wholes):
        return 0.7
    if plain.split()[0] in acronyms | {whole for whole in wholes if len(whole) > PREFIX_CHARS_MIN}:
        return 0.6
    if len(plain) > PREFIX_CHARS_MIN and any(whole.startswith(plain) for whole in wholes):
        return 0.6
    return 0.0


@cache
def _states_of_member(member: Vocabulary) -> frozenset[str]:
    wholes, _, acronyms = _names_of(member)
    return frozenset(state for whole in wholes for state in states_of([whole, *_single(whole)])) | states_of(acronyms)


def _single(whole: str) -> list[str]:
    """The words that stand for the whole name: its first."""
    return whole.split()[:1] if len(whole.split()) < 3 else []


def _by_initials(kind: type[Vocabulary], found: list[Meaning]) -> list[Meaning]:
    """One-letter codes as initials of the members, in a language where these are unique."""
    letters = [one for one in found if isinstance(one.raw, str) and len(one.raw.strip()) == 1 and one.raw.isalpha()]
    if len(letters) < 2 or len(letters) < len([one for one in found if one.member is None]):
        return found
    members = [member for member in kind if member.value != UNKNOWN]
    for names in zip(*map(_namings, members), strict=True):
        initials: dict[str, list[Vocabulary]] = {}
        for name, member in zip(names, members, strict=True):
            initials.setdefault(name[0].upper(), []).append(member)
        meant = {one.raw: initials.get(str(one.raw).strip().upper(), []) for one in letters}
        if all(len(members) == 1 for members in meant.values()):
            return [Meaning(one.raw, one.rows, meant[one.raw][0], 0.6) if one.raw in meant else one for one in found]
    return found


def _namings(member: Vocabulary) -> tuple[str, ...]:
    """The names for initials: in either language, and the root, such as `buka` of `Dibuka`."""
    return member.label.id, member.label.en, str(member.value), root_of(member.label.id)


def _may_be_shown(one: Meaning, all_of_them: Iterable[Meaning]) -> bool:
    """Whether a draft may show an unknown value: it repeats, is short, and does not look like a person.

    If most values of the column are unknown, only those too short for a name may be shown.
    """
    code = shown_code(one.raw)
    if code is None or code != str(one.raw) or one.rows < SHOWN_ROWS_MIN or _looks_like_somebody(one):
        return False
    if not isinstance(one.raw, str) or len(code) <= NAME_CHARS_MAX:
        return True
    told = sum(other.rows for other in all_of_them if other.member is not None)
    return told * 2 >= sum(other.rows for other in all_of_them)


def _looks_like_somebody(one: Meaning) -> bool:
    """Whether a value holds a person's number, or a word that may be a name: `Selesai Bambang`."""
    text = str(one.raw)
    if masked_text(text) != text or "@" in text:
        return True
    words = _LETTERS.findall(text.lower())
    if one.sureness >= EXACT_MIN or len(words) < 2:
        return False
    return any(len(word) > NAME_CHARS_MAX and not is_word_of_systems(word) for word in words)


_REMARK = re.compile(r"(?<![\w.])['\"]?(\w{1,12})['\"]?\s*(?:=>|=|:|->)\s*['\"]?([^,;/|'\"\n]{1,40})")


def column_remark(column: SampledColumn) -> list[tuple[str, str]]:
    """The meanings in the owner's comment on the column: `0=menunggu, 1=proses`."""
    found = [(raw, text.strip()) for raw, text in _REMARK.findall(column.declared.remark)]
    if found:
        return found
    return re.findall(r"(?<!\w)([0-9A-Z])[. )]+([A-Za-z][A-Za-z ]{1,30})", column.declared.remark)


def yes_and_no(column: SampledColumn) -> tuple[Raw, Raw] | None:
    """The values for yes and no in a column of flags, one of them perhaps guessed; None for other columns."""
    values: list[Raw] = [value for value in column.counts if isinstance(value, str | int) and not is_blank(value)]
    if not 1 <= len(values) <= 2 or len({type(value) for value in values}) > 1:
        return None
    folded = {str(value).strip().lower(): value for value in values}
    no_has_t = BOTH in folded and folded.keys() & {"y", "ya"}
    yes = next((raw for word, raw in folded.items() if word in YES or (word == BOTH and not no_has_t)), None)
    no = next((raw for word, raw in folded.items() if raw != yes and (word in NO or word == BOTH)), None)
    if len(folded) == 2 and (yes is None or no is None):
        return None
    if yes is None and no is None:
        return None
    return (yes if yes is not None else _other(no)), (no if no is not None else _other(yes))


def is_blank(value: object) -> bool:
    return isinstance(value, str) and is_nothing(value) and value.strip() != "0"


_OPPOSITES = {
    "y": "N", "ya": "Tidak", "n": "Y", "t": "F", "f": "T", "1": "0", "0": "1", "2": "1", "true": "false",
    "false": "true", "yes": "no", "no": "yes", "tidak": "Ya", "aktif": "nonaktif", "nonaktif": "aktif",
}  # fmt: skip


def _other(raw: Raw | None) -> Raw:
    """The likely opposite of a column's only value."""
    if isinstance(raw, bool):
        return not raw
    if isinstance(raw, int):
        return 0 if raw == 1 else 1
    return _OPPOSITES.get(str(raw).lower(), "?")
