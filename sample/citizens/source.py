"""The citizens of the sample city: the truth, and the dirty legacy tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from random import Random
from typing import NamedTuple

from sample import dirt, rates
from sample.citizens.homes import FAMILY_MEMBERS, TWEB_KELUARGA, TWEB_WIL_CLUSTERDESA, Cluster, Family, clusters, family
from sample.citizens.people import email_address, person, resident_number
from sample.city import SEED, Size
from sample.shapes import Row, Source, Table

TWEB_PENDUDUK = Table(
    name="tweb_penduduk",
    columns=(
        ("id", "integer PRIMARY KEY"),
        ("nik", "varchar(32)"),
        ("nama", "varchar(100)"),
        ("sex", "integer"),
        ("tempatlahir", "varchar(60)"),
        ("tanggallahir", "varchar(10)"),
        ("agama_id", "integer"),
        ("status_kawin", "integer"),
        ("kk_level", "integer"),
        ("id_kk", "integer"),
        ("status_dasar", "integer"),
        ("id_cluster", "integer"),
        ("telepon", "varchar(30)"),
        ("email", "varchar(100)"),
    ),
    indexes=(("nik",), ("email",)),
)


class CitizenTruth(NamedTuple):
    """The true entry of the register; None or UNKNOWN where the dirt destroyed the value."""

    id: str
    national_id: str | None
    full_name: str | None
    sex: str
    birth_date: date | None
    birth_place: str | None
    marital_status: str
    registration_status: str
    family_card_number: str | None
    phone: str | None
    email: str | None
    area_code: str | None
    neighbourhood: str | None
    community: str | None


class CitizenCase(NamedTuple):
    """The stored row of person `number` and its truth; a deleted entry must not be seen."""

    number: int
    truth: CitizenTruth
    penduduk: Row
    family: Family
    alive: bool


_COLUMNS = (
    "nik", "citizen name", "sex", "birth date", "birth place", "marital status", "registration status", "household",
    "citizen phone", "citizen email",
)  # fmt: skip
_KINDS = {name: (tuple(rates.RATES[name]), tuple(rates.RATES[name].values())) for name in _COLUMNS}
_CLEAN = tuple(kinds[0] for kinds, _ in _KINDS.values())
_MARITAL = {"1": "SINGLE", "2": "MARRIED", "3": "DIVORCED", "4": "WIDOWED"}
_STATUSES = {"1": "ALIVE", "2": "DECEASED", "3": "MOVED", "4": "MISSING", "6": "LEFT", "9": "INVALID"}
_SEXES = {"MALE": 1, "FEMALE": 2}
_RELIGIONS, _KK_LEVELS = 6, (1, 3, 4, 4)
_BIRTH_PLACES = (
    "Tangerang", "Tangerang", "Tangerang", "Jakarta", "Jakarta", "Bogor", "Serang", "Lebak", "Bandung", "Semarang",
    "Surabaya", "Padang",
)  # fmt: skip
# Every so many-th person is entered twice, and every so many-th has a second entry that was a mistake.
_TWICE_EVERY, _MISTAKE_EVERY = 401, 307
_BLOCK_PEOPLE = 5_000
# The persona of a resident looks herself up, so nothing of her is lost.
_PERSONA = 0


def entries(size: Size) -> int:
    """The number of entries in the register."""
    return size.citizens + size.citizens // _TWICE_EVERY + size.citizens // _MISTAKE_EVERY


def duplicated(size: Size) -> list[str]:
    """The resident numbers of two live entries: the hub must not choose one."""
    return [resident_number(number) for number in range(_TWICE_EVERY - 1, size.citizens, _TWICE_EVERY)]


def generate(size: Size, seed: int = SEED) -> Iterator[CitizenCase]:
    """All entries, also deleted ones, by id; the same for the same size and seed."""
    random = Random(f"{seed}:citizens")
    homes, home, at = clusters(seed), None, 0
    for first in range(0, size.citizens, _BLOCK_PEOPLE):
        people = range(first, min(first + _BLOCK_PEOPLE, size.citizens))
        # Whole columns at once: a throw for each of two million people would take as long as all the rest.
        columns = [random.choices(kinds, shares, k=len(people)) for kinds, shares in _KINDS.values()]
        for number, *kinds in zip(people, *columns, strict=True):
            if home is None or number % FAMILY_MEMBERS == 0:
                home = family(number // FAMILY_MEMBERS, homes, random.random())
            for entry in _entries(number, kinds):
                at += 1
                yield _case(at, number, entry, home)


def _entries(number: int, kinds: Sequence[str]) -> Iterator[Sequence[str]]:
    """The kinds of dirt of each entry of a person; nearly everybody has one."""
    if number == _PERSONA:
        kinds = _CLEAN
    if number % _TWICE_EVERY == _TWICE_EVERY - 1:
        yield ("plain", *kinds[1:])
        kinds = ("6.6.4", *kinds[1:])
    yield kinds
    if number % _MISTAKE_EVERY == _MISTAKE_EVERY - 1:
        yield ("plain", *kinds[1:6], _MISTAKE, *kinds[7:])


def _case(at: int, number: int, kinds: Sequence[str], home: Family) -> CitizenCase:
    """One entry, cell by cell: what is stored and what survives."""
    of_nik, of_name, of_sex, of_birth, of_place, marital, status, household, of_phone, of_email = kinds
    who = person(number)
    stored_nik, nik = dirt.dirty_nik(who.nik, of_nik)
    stored_name, name = _dirty_name(who.name, of_name)
    stored_sex, sex = (_SEXES[who.sex], who.sex) if of_sex == "clean" else (_code(of_sex), "UNKNOWN")
    stored_birth, born = (who.born.isoformat(), who.born) if of_birth == "clean" else (dirt.stored(of_birth), None)
    stored_place, place = _dirty_name(_BIRTH_PLACES[number % len(_BIRTH_PLACES)], of_place)
    stored_phone, phone = dirt.dirty_short_text(who.phone, of_phone)
    stored_email, email = _dirty_email(number, of_email)
    family_id, card_number = (0, None) if household == "no family" else (home.stored[0], home.card_number)
    cluster = home.cluster if household != "no address" else _NOWHERE
    truth = CitizenTruth(
        str(at), nik, name, sex, born, place, _MARITAL.get(marital, "UNKNOWN"), _STATUSES.get(status, "UNKNOWN"),
        card_number, phone, email, cluster.area_code, cluster.neighbourhood, cluster.community,
    )  # fmt: skip
    penduduk = (
        at, stored_nik, stored_name, stored_sex, stored_place, stored_birth, number % _RELIGIONS + 1, _code(marital),
        _KK_LEVELS[number % FAMILY_MEMBERS], family_id, _code(status), cluster.stored[0], stored_phone, stored_email,
    )  # fmt: skip
    return CitizenCase(number, truth, penduduk, home, status != _MISTAKE)


_MISTAKE = "9"
_NOWHERE = Cluster((None,), None, None, None)


def _code(kind: str) -> int | None:
    return int(kind) if kind != "NULL" else None


def _dirty_name(name: str, kind: str) -> tuple[str | None, str | None]:
    """A name; most clerks type in capitals."""
    if kind == "capitals":
        return name.upper(), name
    return (name, name) if kind == "mixed" else dirt.dirty_short_text(name, kind)


def _dirty_email(number: int, kind: str) -> tuple[str | None, str | None]:
    """An e-mail address, which phones begin with a capital and leave a blank behind."""
    spell = _EMAIL_SPELLINGS.get(kind)
    if spell is None:
        return dirt.stored(kind), None
    address = email_address(number)
    return spell(address), address


_EMAIL_SPELLINGS: dict[str, Callable[[str], str]] = {
    "clean": str,
    "capitals": str.upper,
    "first capital": str.capitalize,
    "blank": "{} ".format,
}


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for cluster in clusters(seed):
        yield TWEB_WIL_CLUSTERDESA.name, cluster.stored
    known = None
    for case in generate(size, seed):
        if case.family is not known:
            known = case.family
            yield TWEB_KELUARGA.name, known.stored
        yield TWEB_PENDUDUK.name, case.penduduk


SOURCE = Source(
    "citizens",
    (TWEB_WIL_CLUSTERDESA, TWEB_KELUARGA, TWEB_PENDUDUK),
    main=TWEB_PENDUDUK.name,
    total=entries,
    rows=_rows,
)
