"""People: tables that hold a row per person, and columns of people's data in other tables. Pure.

No such table is drafted as anything that is public, and no such column is drafted into a public field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.records import PersonalClass, Record
from onboarding.drafting.looks import Looks
from onboarding.drafting.tables import SampledTable, SqlType
from onboarding.drafting.words.lexicon import PEOPLE
from onboarding.drafting.words.meanings import all_of, meaning_of_name, words_of

PEOPLE_MIN = 1.0
SHARE_MIN = 0.3
NAMES_SHARE_MIN = 0.5
NAME_WORDS_MAX = 5
LONG_WORDS_MIN = 6
FAMILIAR_MIN = 20
"""How many words of people's names must be known before they tell names in other columns."""

_SIGNS = {
    "PASSWORD": (1.0, "passwords"),
    "BIRTH": (0.5, "days of birth"),
    "SEX": (0.3, "sexes"),
    "MARRIED": (0.3, "marital states"),
    "RELIGION": (0.3, "religions"),
    "NIK": (0.4, "resident numbers"),
    "EMPLOYEE": (0.4, "employee numbers"),
    "MOBILE": (0.3, "private phones"),
    "EMAIL": (0.2, "e-mail addresses"),
}
_MOBILE = re.compile(r"(?:\+?62|0)\s?8[0-9][0-9 .-]{6,13}")
_TITLED = re.compile(r"(?:drg?|prof|h|hj|ir|mr|mrs|ms)\. .+|.+, ?(?:s|m|sp)\.? ?[a-z]{1,4}\.?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}", re.IGNORECASE)
_IDENTIFYING = frozenset(
    {"NAME", "ADDRESS", "PHONE", "MOBILE", "EMAIL", "BIRTH", "NIK", "EMPLOYEE", "PASSWORD", "USER"}
)


@dataclass(frozen=True, slots=True)
class People:
    """What is known of people in a database: why a table is a table of people, and the words of their names."""

    tables: Mapping[str, tuple[str, ...]]
    familiar: frozenset[str]

    def may_hold(self, record: type[Record], table: str) -> bool:
        """Whether a table may be the record's own."""
        return table not in self.tables or names_people(record)

    def may_show(self, looks: Looks, personal: PersonalClass) -> bool:
        """Whether a column may be drafted into a field of this class."""
        if is_secret(looks) or is_network_address(looks):
            return False
        return personal is not PersonalClass.NON_PERSONAL or not self.is_theirs(looks)

    def is_theirs(self, looks: Looks) -> bool:
        """Whether a column holds names, addresses or numbers of people."""
        about = all_of(meaning_of_name(looks.column.name))
        if looks.column.table in self.tables:
            return bool(about & _IDENTIFYING) or _is_free(looks)
        if about & PEOPLE.keys() and not about & {"ID", "CODE", "NUMBER"} and _is_free(looks):
            return True
        return max(looks.niks, looks.emails, mobiles(looks)) >= SHARE_MIN or self._are_names(looks)

    def _are_names(self, looks: Looks) -> bool:
        if looks.words > NAME_WORDS_MAX or len(looks.said) < 3:
            return False
        return looks.share(_TITLED.fullmatch) >= NAMES_SHARE_MIN or (
            len(self.familiar) >= FAMILIAR_MIN
            and looks.share(lambda text: len(set(_words(text)) & self.familiar) >= 2) >= NAMES_SHARE_MIN
        )


def people_of(samples: Mapping[str, SampledTable], looks: Mapping[str, Mapping[str, Looks]]) -> People:
    """The tables of people, and the words of the names in them."""
    signs = {name: _signs_of(table, looks[name]) for name, table in samples.items()}
    logins = {name for name, found in signs.items() if _SIGNS["PASSWORD"][1] in found}
    for name, table in samples.items():
        if any(reference.table in logins and reference.column in table.unique for reference in table.table.references):
            signs[name]["a login for each row"] = 0.4
    tables = {name: tuple(found) for name, found in signs.items() if sum(found.values()) >= PEOPLE_MIN}
    return People(tables, frozenset(_familiar(tables, looks)))


def names_people(record: type[Record]) -> bool:
    """Whether a record says of itself that it names people: then its table may be a table of people."""
    hidden = [one for one in record.fields.values() if one.personal not in _NOT_OF_A_PERSON]
    return any(all_of(meaning_of_name(one.name)) & {"NAME", "BIRTH"} for one in hidden)


_NOT_OF_A_PERSON = (PersonalClass.NON_PERSONAL, PersonalClass.FREE_TEXT)


def _signs_of(table: SampledTable, looks: Mapping[str, Looks]) -> dict[str, float]:
    """What makes a table look like people, each with its weight; what speaks against it has a negative one."""
    found: dict[str, float] = {}
    about = all_of(meaning_of_name(table.name, is_table=True))
    if about & PEOPLE.keys():
        found["its name"] = 0.6 if about <= PEOPLE.keys() else 0.4
    for name, one in looks.items():
        concepts = set(all_of(meaning_of_name(name)))
        concepts |= {"NIK"} if one.niks >= SHARE_MIN else set()
        concepts |= {"EMAIL"} if one.emails >= SHARE_MIN else set()
        concepts |= {"MOBILE"} if mobiles(one) >= SHARE_MIN else set()
        for concept in concepts & _SIGNS.keys():
            weight, words = _SIGNS[concept]
            if not (concept == "EMAIL" and one.column.filled and one.emails < SHARE_MIN):
                found[words] = weight
        if "NAME" in concepts and one.share(_TITLED.fullmatch) >= NAMES_SHARE_MIN:
            found["names with titles"] = 0.6
    if any(one.words >= LONG_WORDS_MIN for one in looks.values()):
        found["long texts, as no list of people has"] = -0.8
    if any(reference.table == table.name for reference in table.table.references):
        found["rows that refer to rows of their own table"] = -0.2
    return found


def _familiar(tables: Iterable[str], looks: Mapping[str, Mapping[str, Looks]]) -> Iterable[str]:
    for table in tables:
        for name, one in looks[table].items():
            concepts = all_of(meaning_of_name(name))
            if "NAME" in concepts and not concepts & {"USER"} and 1.5 <= one.words <= NAME_WORDS_MAX:
                for text in one.said:
                    yield from _words(text)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 2]


def mobiles(looks: Looks) -> float:
    """The share of values that are numbers of mobile phones, as people have them and offices do not."""
    return looks.share(lambda text: _MOBILE.fullmatch(text.strip()))


def is_secret(looks: Looks) -> bool:
    return "PASSWORD" in all_of(meaning_of_name(looks.column.name))


def is_network_address(looks: Looks) -> bool:
    """Whether a column holds addresses of computers, which lead to people."""
    by_value = looks.share(lambda text: _ADDRESS.fullmatch(text.strip())) >= SHARE_MIN
    return by_value or ("ip" in words_of(looks.column.name) and not looks.total)


def _is_free(looks: Looks) -> bool:
    """Whether a column holds texts of its own for most rows, as codes do not."""
    is_text = looks.column.kind is SqlType.TEXT and looks.letters > NAMES_SHARE_MIN
    return is_text and len(looks.said) > max(3, 0.2 * looks.total)
