"""Synthetic people are recognisably synthetic, always the same, and never share a resident number."""

from __future__ import annotations

import re

from sample.citizens import people


def test_people_are_unique_and_recognisably_synthetic() -> None:
    crowd = [people.person(number) for number in range(20_000)]
    assert len({person.nik for person in crowd}) == 20_000
    assert len({person.phone for person in crowd}) == 20_000
    assert all(re.fullmatch(r"08\d\d-0000-\d{6}", person.phone) for person in crowd)
    for person in crowd:
        day = person.born.day + (40 if person.sex == "FEMALE" else 0)
        assert re.fullmatch(rf"3671(0[1-9]|1[0-3]){day:02}{person.born:%m%y}9\d{{3}}", person.nik)


def test_half_of_them_are_women_and_all_names_are_ascii() -> None:
    crowd = [people.person(number) for number in range(2_000)]
    assert 900 < sum(person.sex == "FEMALE" for person in crowd) < 1_100
    assert all(person.name.isascii() for person in crowd)
    assert people.person(7) == people.person(7)


def test_addresses_are_in_small_letters_and_every_tenth_is_shared() -> None:
    addresses = [people.email_address(number) for number in range(2_000)]
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\d+@example\.com", address) for address in addresses)
    assert len(set(addresses)) == 1_800
    assert addresses[8] == addresses[9]
