"""Synthetic people: person number n is always the same person, and no two share a resident number."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sample.city import SEED

if TYPE_CHECKING:
    from faker import Faker

_POOL_NAMES = 300
_DISTRICTS = 13
_BORN_FIRST = date(1945, 1, 1)
_BORN_DAYS = (date(2009, 1, 1) - _BORN_FIRST).days
# Real serials start low; from 9000 up a resident number is recognisably synthetic.
_SERIAL_FIRST, _SERIALS = 9000, 1000
_NIKS = _DISTRICTS * _BORN_DAYS * _SERIALS
# A prime that divides none of the factors of _NIKS, so that n -> n * _STRIDE mod _NIKS meets each number once.
_STRIDE = 100_000_007
# The block 0000 after the operator's prefix marks a number as synthetic.
_PHONE_PREFIXES = ("0812", "0813", "0811", "0821", "0822", "0852", "0853", "0856", "0857", "0858")
_PHONES_PER_PREFIX = 1_000_000
_SHARED_ADDRESS = 10
_NOT_LETTERS = re.compile(r"[^a-z]")


class Person(NamedTuple):
    """A synthetic resident; `nik` has 16 digits."""

    nik: str
    name: str
    phone: str
    sex: str
    born: date


def _faker() -> Faker:
    from faker import Faker  # noqa: PLC0415  # slow to import, and a persona's resident number needs no name

    fake = Faker("id_ID")
    fake.seed_instance(SEED)
    return fake


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Given names of men, given names of women and family names, drawn once from the fixed seed."""
    fake = _faker()
    pools = (fake.first_name_male, fake.first_name_female, fake.last_name)
    return tuple(tuple(draw() for _ in range(_POOL_NAMES)) for draw in pools)  # type: ignore[return-value]  # three pools


@lru_cache(maxsize=1)
def streets() -> tuple[str, ...]:
    """Names of streets for addresses, drawn once from the fixed seed."""
    fake = _faker()
    return tuple(sorted({fake.street_name() for _ in range(_POOL_NAMES)}))


def resident_number(number: int) -> str:
    """The 16 digits of person `number`, counted from 0; unique up to about 300 million people."""
    return _digits(*_birth(number))


@lru_cache(maxsize=16)  # whoever asks for a person soon asks for the person's address, or for a neighbour's
def person(number: int) -> Person:
    """Person `number`, counted from 0; unique in `nik` up to about 300 million people."""
    birth, noise = _birth(number), _noise(number)
    born, woman, _, _ = birth
    given = _names()[woman][(noise >> 13) % _POOL_NAMES]
    family = _names()[2][(noise >> 3) % _POOL_NAMES]
    prefix = _PHONE_PREFIXES[number // _PHONES_PER_PREFIX % len(_PHONE_PREFIXES)]
    return Person(
        nik=_digits(*birth),
        name=f"{given} {family}",
        phone=f"{prefix}-0000-{number % _PHONES_PER_PREFIX:06}",
        sex="FEMALE" if woman else "MALE",
        born=born,
    )


def email_address(number: int) -> str:
    """The e-mail address of person `number`, in small letters; every tenth uses that of the person before."""
    owner = number - 1 if number % _SHARED_ADDRESS == _SHARED_ADDRESS - 1 else number
    given, *_, family = person(owner).name.lower().split()
    return f"{_NOT_LETTERS.sub('', given)}.{_NOT_LETTERS.sub('', family)}{owner}@example.com"


def _birth(number: int) -> tuple[date, int, int, int]:
    """Date of birth, 1 for a woman and 0 for a man, district of first issue, serial."""
    mixed = number * _STRIDE % _NIKS
    born = _BORN_FIRST + timedelta(days=mixed // _DISTRICTS % _BORN_DAYS)
    serial = _SERIAL_FIRST + mixed // (_DISTRICTS * _BORN_DAYS)
    return born, _noise(number) >> 12 & 1, mixed % _DISTRICTS + 1, serial


def _digits(born: date, woman: int, district: int, serial: int) -> str:
    return f"3671{district:02}{born.day + 40 * woman:02}{born.month:02}{born.year % 100:02}{serial}"


def _noise(number: int) -> int:
    return (number + 1) * 2_654_435_761 % 4_294_967_296
