"""Masks against the spellings of people: what names somebody is covered however it is written, and nothing else is.

`masks/covered.txt` has a text in each line, with what names somebody between « and »; `masks/kept.txt` has what stays.
Both are synthetic.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from models.policy.masks import COVER, masked_text

FOLDER = Path(__file__).parent / "masks"
_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|[nrt\\])")
TEXT_CHARS = 16_384
CPU_MS_MAX = 500


def lines(name: str) -> list[str]:
    found = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [_ESCAPE.sub(lambda one: one.group().encode().decode("unicode_escape"), line) for line in found]


def parted(line: str) -> tuple[str, str, str]:
    """What stands before that which names somebody, that itself, and what stands after it."""
    before, secret, after = re.split("[«»]", line)
    return before, secret, after


def test_what_names_a_person_is_covered_in_every_spelling() -> None:
    found, expected = [], []
    for line in lines("covered.txt"):
        before, secret, after = parted(line)
        found.append(masked_text(f"{before}{secret}{after}"))
        covered = re.sub(r"\S", COVER, secret)
        expected.append(f"{before}{covered}{after}")
    assert len(found) >= 200
    assert found == expected


def test_what_names_nobody_stays_in_every_spelling() -> None:
    kept = lines("kept.txt")
    assert len(kept) >= 120
    assert [masked_text(line) for line in kept] == kept


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("081200001234, 2 orang", "••••••••••••, 2 orang"),
        ("0812/0000/1234, 2 orang", "••••••••••••••, 2 orang"),
        ("0812/0000/1234 atau 0812/0000/5678", "•••••••••••••• atau ••••••••••••••"),
        ("01/06/2026 0812/0000/1234", "01/06/2026 ••••••••••••••"),
    ],
)
def test_what_stands_beside_a_number_stays(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@pytest.mark.parametrize(
    "seed",
    [
        "O", "O ", "Ol", "O1 ", "1O-", "|1", "1, ", "1/", "1\n", "0812/", "0812, ", "+62/", "36.71, ", "-6.178, ",
        "6.178306,106.631889 ", "RT 1/", "08.00, ", "a at b dot ", "at ", "[at] ", "a @ ", "a dot b dot ", "nol ",
        "B/1234/", "B 1 2 3 4 ", "B 1234 X ", "\u200b", "1\u200b", "\u0661 ", "(a) ", "@gmail", "a@gmail.", "a%",
        "021 123 ",
    ],
)  # fmt: skip
def test_a_hostile_text_is_quick(seed: str) -> None:
    """CPU time, at more than ten times what it takes; what grew with the square would take seconds."""
    text = (seed * TEXT_CHARS)[:TEXT_CHARS]
    for hostile in (f"{text}@", f"nol {text} [at] 1"):
        started = time.process_time()
        masked_text(hostile)
        assert (time.process_time() - started) * 1000 < CPU_MS_MAX
