"""Masks: what is covered, what stays, that nothing is slow, and that the sample city's texts show nobody."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.masks import COVER, masked_text
from sample.citizens.people import person, streets
from sample.city import SIZES
from sample.complaints.source import ComplaintCase, generate
from sample.complaints.texts import CATEGORIES

TEXT_CHARS = 65_536
CPU_MS_MAX = 250


def _covered(text: str) -> str:
    return re.sub(r"\S", COVER, text)


NIKS = (
    "3671015505909001",
    "36.71.01.550590.9001",
    "3671-0155-0590-9001",
    "3671 0155 0590 9001",
    "367101.550590.9001",
    "367101-550590-9001",
    "36 71 01 55 05 90 9001",
    "3671 - 0155 - 0590 - 9001",
    "3671\u00a00155\u00a00590\u00a09001",
    "\uff13\uff16\uff17\uff11\uff10\uff11\uff15\uff15\uff10\uff15\uff19\uff10\uff19\uff10\uff10\uff11",
)
PHONES = (
    "081200001234",
    "0812-0000-1234",
    "0812 0000 1234",
    "0812.0000.1234",
    "0812-0000-000123",
    "+6281200001234",
    "+62 812-0000-1234",
    "+62 (0)812 0000 1234",
    "6281200001234",
    "62 812 0000 1234",
    "62-812-0000-1234",
    "0062 812 0000 1234",
    "021-5550123",
    "021 555 0123",
    "+62 21 555 0123",
)
EMAILS = (
    "budi@example.com",
    "budi.santoso+lapor@mail.example.co.id",
    "BUDI_99@EXAMPLE.COM",
    "jos\u00e9@example.com",
    "a@b.id",
    f"{'a' * 200}@example.com",
)
PLATES = (
    "B 1234 XYZ",
    "B1234XYZ",
    "B-1234-XYZ",
    "B 1234XYZ",
    "b 1234 xyz",
    "b1234xyz",
    "B 1234 xyz",
    "AB 12 C",
    "F 1 A",
)
LONG_NUMBERS = ("1234567", "2147483647", "367101550590900", "36710155059090013671", "9" * 500)


# --- What is covered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", NIKS + PHONES + EMAILS + PLATES + LONG_NUMBERS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("Pelapor ", " sudah lapor."),
        ("Hubungi: ", "."),
        ("(", ")"),
        ("31-12-2025 ", ", jam 08.00"),
        ("Jl. Melati No. 12 RT 001/002, ", ", Cipondoh"),
        ("\n", "\n"),
    ],
)
def test_what_names_a_person_is_covered_and_nothing_else(secret: str, before: str, after: str) -> None:
    assert masked_text(f"{before}{secret}{after}") == f"{before}{_covered(secret)}{after}"


def test_an_area_code_in_brackets_leaves_its_bracket() -> None:
    assert masked_text("Telepon (021) 555 0123.") == "Telepon (•••• ••• ••••."


@pytest.mark.parametrize(
    "text",
    [
        "0812-0000-1234 0813-0000-5678",
        "021 5550123 0812 0000 1234",
        "3671015505909001 3671015505909002",
        "1234 3671 0155 0590 9001 0002",
        "0812 0000 1234 08.00",
    ],
)
def test_numbers_side_by_side_are_all_covered(text: str) -> None:
    assert masked_text(f"Telp {text}, RT 01") == f"Telp {_covered(text)}, RT 01"


def test_several_in_one_text() -> None:
    text = "NIK 3671015505909001, telp 0812-0000-1234 / 0812-0000-5678, mobil B 1234 XYZ, surel budi@example.com."
    assert masked_text(text) == (
        "NIK ••••••••••••••••, telp •••••••••••••• / ••••••••••••••, mobil • •••• •••, surel ••••••••••••••••."
    )


# --- What stays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Jalan berlubang cukup dalam dan membahayakan pengendara motor.",
        "RT 01/RW 02",
        "RT 01 RW 02",
        "RT 001/005 RW 012",
        "rt 003 rw 005",
        "Jl. Melati No. 12 RT 001/002",
        "Jl. M.H. Thamrin KM 7 No. 15A",
        "Gang 3 Nomor 125",
        "Blok B 12 A",
        "blok c5 no 3",
        "BLOK D 7 NO 8",
        "Kavling A 3 RT 02",
        "Kode pos 15148",
        "01-06-2026",
        "01-06-2026 08.00",
        "01/06/2026 08:00",
        "2026-06-01 08:30:15",
        "08-12-2026 10.00",
        "Rabu, 01 Juni 2016",
        "08.00-10.00",
        "08.00 - 16.00 WIB",
        "08.00-12.00 13.00-16.00 WIB",
        "08.00\u201312.00 13:00 - 16:00 WIB",
        "Bus pukul 08.00 12.00 15.00",
        "pukul 08.00 s.d 1200 WIB",
        "pukul 0800 s/d 1200 wib",
        "Rp 11.000",
        "Rp. 11.000,-",
        "Rp 1.200.000",
        "Rp62.000.000",
        "Rp 62.000.000.000",
        "rp 628.000.000.000,50",
        "1.200.000 rupiah",
        "11000.00",
        "1 - 2 juta",
        "36.71.05.1003",
        "LAKSA-2026-000123",
        "Perda No. 8 Tahun 2018, UU 27/2022",
        "lebih dari 100 m, 12 x 3 m, 3x24 jam",
        "-6.178306, 106.631889",
        "@kotatangerang",
        "COVID-19, jam 7 pagi, 104 kelurahan",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert masked_text(text) == text


def test_what_begins_like_a_date_or_an_amount_is_covered_all_the_same() -> None:
    assert masked_text("12-05-1990-1234-5678") == _covered("12-05-1990-1234-5678")
    assert masked_text("Rp 081200001234") == "Rp ••••••••••••"
    assert masked_text("Rp 081.200.001.234") == "Rp •••••••••••••••"
    assert masked_text("08.12-12.34-5678-9012") == _covered("08.12-12.34-5678-9012")
    assert masked_text("Rp 3671015505909001") == "Rp ••••••••••••••••"


# --- Laws -------------------------------------------------------------------------------------------------------------

_ALPHABET = st.sampled_from("0123456789 .-/()+@abBRTrpé\n•")
TEXTS = st.text(alphabet=_ALPHABET, max_size=80) | st.text(max_size=80)


@given(TEXTS)
def test_the_form_of_a_text_stays(text: str) -> None:
    masked = masked_text(text)
    assert len(masked) == len(text)
    assert all(sign in (COVER, original) for sign, original in zip(masked, text, strict=True))
    assert all((sign.isspace()) == original.isspace() for sign, original in zip(masked, text, strict=True))


@given(TEXTS)
def test_no_long_number_remains(text: str) -> None:
    # Only an amount after Rp could hold as many digits, and it has dots between them.
    assert re.search(r"\d{7}", masked_text(text)) is None


@given(TEXTS, st.sampled_from(NIKS + PHONES + EMAILS), TEXTS)
def test_no_surrounding_words_uncover_a_secret(before: str, secret: str, after: str) -> None:
    assert secret not in masked_text(f"{before} {secret} {after}")


# --- No text makes it slow --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed",
    [
        "a", "1", "1 ", "1-", "1 - ", "1.", "0", "01", "011 ", "021 1", "021 1 1 1 1 1 1 ", "+62", "+62 (0) ", "62",
        "62 8", "0812-", "(0", "0)", "a@", "a@a", "a@a.", "@", "a.", "B", "B 1", "b1", "B 1234 ", "Rp", "Rp 1.",
        "Rp 1.000", "12-", "12-12-", "12-12-20", "2026-1-", "36.71.01.550590.900 ", "•", " ", "\n",
    ],
)  # fmt: skip
def test_a_hostile_text_is_quick(seed: str, everything: bool) -> None:
    # What grows with the square of the text takes seconds for the long one, and half a second for the short one.
    chars, ms_max = (TEXT_CHARS, CPU_MS_MAX) if everything else (TEXT_CHARS // 8, CPU_MS_MAX / 2)
    text = (seed * chars)[:chars]
    for hostile in (text, f"Rp 1{text}", f"a@{text}", f"{text}@", f"{text}x"):
        started = time.process_time()
        masked_text(hostile)
        assert (time.process_time() - started) * 1000 < ms_max


# --- The texts of the sample city -------------------------------------------------------------------------------------

# As the sample's residents write personal data into their complaints.
CANARIES = re.compile(r"(NIK saya )(\d{16})|(di )(08\d\d-\d{4}-\d{6})|(ke )(\S+@example\.com)|(mobil )(B \d{4} XYZ)")


def _complaints() -> Iterator[ComplaintCase]:
    return generate(SIZES["small"])


def _expected(text: str) -> str:
    def covered(match: re.Match[str]) -> str:
        before, secret = filter(None, match.groups())
        return f"{before}{_covered(secret)}"

    return CANARIES.sub(covered, text)


def test_every_canary_of_the_sample_is_covered_and_every_other_word_stays() -> None:
    kinds: set[str] = set()
    for case in _complaints():
        texts = [case.truth.description, case.truth.address, *(change.note for change in case.truth.history)]
        for text in filter(None, texts):
            kinds.update(match.group().split(" ")[0] for match in CANARIES.finditer(text))
            assert masked_text(text) == _expected(text)
    assert kinds == {"NIK", "di", "ke", "mobil"}


def test_no_person_of_the_sample_is_left_in_a_text() -> None:
    for number in range(0, 2_000, 7):
        somebody = person(number)
        assert masked_text(somebody.nik) == _covered(somebody.nik)
        assert masked_text(somebody.phone) == _covered(somebody.phone)


def test_streets_and_problems_of_the_sample_stay() -> None:
    for text in (*streets(), *(problem for category in CATEGORIES for problem in category.problems)):
        assert masked_text(text) == text
