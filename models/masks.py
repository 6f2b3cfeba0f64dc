"""Masks: what remains of a text when the resident numbers, phones, e-mails and plates in it are covered, or of a value.

The patterns are wide where a mistake would show a person, and narrow where it would cover a date, a time, an amount or
a house number. Each is deterministic after its first characters, so that no text makes them slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

COVER = "•"
"""The sign that stands for each covered character of a text, where people write `*` themselves."""

STAR = "*"
"""The sign that stands for each covered character of a value that is a number or a name alone."""

_SPACE = "[ \u00a0]"
_MARK = "[.\u2010-\u2014-]"
_GAP = rf"(?:{_SPACE}?{_MARK}{_SPACE}?|{_SPACE})?"
_PHONE_GAP = rf"(?:{_SPACE}?[().\u2010-\u2014-]{{1,2}}{_SPACE}?|{_SPACE})?"

# What looks like a number of people and is none. It is found first and kept.
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?<!\d)(?:\d{{1,2}}(?P<sign>[-./])\d{{1,2}}(?P=sign){_YEAR}|{_YEAR}(?P<iso>[-./])\d{{1,2}}(?P=iso)\d{{1,2}})"
    r"(?!\d|[-.]\d)"
)
_HOUR = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_HOURS = rf"(?<!\d){_HOUR} ?[\u2013-] ?{_HOUR}(?!\d|[.-]\d)"
_RUPIAH = r"(?i:\bRp)\.? ?[1-9]\d{0,2}(?:\.\d{3})*(?![\d.]*\d)"

_EMAIL = r"(?<![^\s@<>()\[\],;:\"])[^\s@<>()\[\],;:\"]+@[\w-]+(?:\.[\w-]+)+"
# A run of digits is covered to its end, and takes the number behind it along rather than leave half of one.
_NIK = rf"(?<!\d)\d(?:{_GAP}\d){{15,}}"
# Abroad 62 stands for the 0. At home the first group has three digits or more, which dates and times have not.
_ABROAD = rf"(?:(?:\+{_SPACE}?|00)62{_PHONE_GAP}|62{_PHONE_GAP}(?=8))\d"
_PHONE = rf"(?<!\d)(?:{_ABROAD}|0(?=[1-9]\d)\d)(?:{_PHONE_GAP}\d){{7,}}"
_LONG_NUMBER = r"\d{7,}"

# The letters of the regions: RT, RW, NO, KM and JL, which stand before numbers too, are none.
_REGION = "A[ABDEG]?|B[ABDEGHKLMNP]?|D[ABCDEGHKLMNRSTW]?|E[ABD]?|F|G|H|K[BHTU]?|L|M|N|P[ABGSTY]?|R|S|T|W|Z"
_NOT_PLATE_END = r"(?!(?i:RT|RW|NO|S/D)\b)"
# With less than three digits it takes capitals to be a plate. `blok B 12 A` is a house, `s/d 1200 WIB` an hour.
_PLATE = (
    r"(?<!\b[sS][./])(?<!\b[Bb]lok )(?<!\bBLOK )\b(?:"
    rf"(?:{_REGION}){_GAP}\d{{1,4}}{_GAP}{_NOT_PLATE_END}[A-Z]{{1,3}}"
    rf"|(?i:{_REGION}){_GAP}\d{{3,4}}{_GAP}{_NOT_PLATE_END}[A-Za-z]{{1,3}}"
    r")\b"
)

_SCAN = re.compile(f"(?P<kept>{_DATE}|{_HOURS}|{_RUPIAH})|{_EMAIL}|{_NIK}|{_PHONE}|{_PLATE}|{_LONG_NUMBER}")
_SIGN = re.compile(r"\S")


def masked_text(text: str) -> str:
    """The text with every such pattern covered; its length and the words around stay."""
    return _SCAN.sub(_covered, text)


def redacted(text: str) -> str:
    """A text for a log: each resident number, family card, phone and e-mail address in it replaced as a whole.

    Narrower than the masks of people's own texts: no id, hash, time or count that a log is read for looks like one.
    """
    return _LOGGED.sub(REDACTED, text)


REDACTED = "[redacted]"
_ALONE, _ENDS = r"(?<![0-9A-Za-z_])", r"(?![0-9A-Za-z_])"
_LOGGED = re.compile(
    rf"{_EMAIL}|{_ALONE}\d(?:[ .-]?\d){{15}}{_ENDS}|{_ALONE}(?:\+?62|0)[ -]?8\d(?:[ -]?\d){{7,11}}{_ENDS}"
)


def masked_form(value: object) -> str | None:
    """A value with its form and its ends: 3671********0001, 0812*****678, b***@example.id, B 1*** XY, B*** S******.

    None for what is neither a text nor a number written as one, of which a part would tell the whole.
    """
    if not isinstance(value, str):
        return None
    if _EMAIL_ALONE.fullmatch(value):
        name, _, domain = value.rpartition("@")
        return f"{name[0]}{STAR * (len(name) - 1)}@{domain}"
    if _NUMBER_ALONE.fullmatch(value):
        digits = [place for place, sign in enumerate(value) if sign.isdigit()]
        ends = 4 if len(digits) >= _LONG_DIGITS_MIN else max(0, len(digits) // 4)
        return _starred(value, digits[ends : len(digits) - ends])
    if _PLATE_ALONE.fullmatch(value):
        return _starred(value, [place for place, sign in enumerate(value) if sign.isdigit()][1:])
    first = {match.start() for match in _WORD.finditer(value)}
    return _starred(value, [place for place, sign in enumerate(value) if place not in first and not sign.isspace()])


_LONG_DIGITS_MIN = 16
"""A resident number and a family card: of both, region and serial are the ends."""
_EMAIL_ALONE = re.compile(_EMAIL)
_NUMBER_ALONE = re.compile(r"\+?\d(?:[\d ().-]*\d)?")
_PLATE_ALONE = re.compile(_PLATE)
_WORD = re.compile(r"\S+")


def _starred(text: str, places: Iterable[int]) -> str:
    covered = set(places)
    return "".join(STAR if place in covered else sign for place, sign in enumerate(text))


def _covered(match: re.Match[str]) -> str:
    return match.group() if match["kept"] is not None else _SIGN.sub(COVER, match.group())
