"""Masks: covers resident numbers, phone numbers, e-mail addresses and plates in a text, or part of a value.

The patterns are wide where a mistake would reveal a person, and narrow where it would cover a date, a time, an amount
or a house number. Each is deterministic after its first characters, so that no text makes them slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from models.policy.mask_spellings import as_it_looks, emails_in, numbers_in, plates_in, words_in

COVER = "•"
"""The character that covers texts, in which people write `*` themselves."""

STAR = "*"
"""The character that covers values that are only a number or a name."""

_SPACE = "[ \u00a0]"
_MARK = "[.\u2010-\u2014-]"
_GAP = rf"(?:{_SPACE}?{_MARK}{_SPACE}?|{_SPACE})?"
_PHONE_GAP = rf"(?:{_SPACE}?[().\u2010-\u2014-]{{1,2}}{_SPACE}?|{_SPACE})?"

# Numbers that look like personal ones and are not. They are matched first and kept.
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?<!\d)(?:\d{{1,2}}(?P<sign>[-./])\d{{1,2}}(?P=sign){_YEAR}|{_YEAR}(?P<iso>[-./])\d{{1,2}}(?P=iso)\d{{1,2}})"
    r"(?!\d|[-.]\d)"
)
_HOUR = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_HOURS = rf"(?<!\d){_HOUR} ?[\u2013-] ?{_HOUR}(?!\d|[.-]\d)"
_RUPIAH = r"(?i:\bRp)\.? ?[1-9]\d{0,2}(?:\.\d{3})*(?![\d.]*\d)"

_EMAIL = r"(?<![^\s@<>()\[\],;:\"])[^\s@<>()\[\],;:\"]+@[\w-]+(?:\.[\w-]+)+"
# A run of digits is covered to its end, together with an adjoining number rather than half of it.
_NIK = rf"(?<!\d)\d(?:{_GAP}\d){{15,}}"
# +62 replaces the 0. Without it the first group has three digits or more, unlike dates and times.
_ABROAD = rf"(?:(?:\+{_SPACE}?|00)62{_PHONE_GAP}|62{_PHONE_GAP}(?=8))\d"
_PHONE = rf"(?<!\d)(?:{_ABROAD}|0(?=[1-9]\d)\d)(?:{_PHONE_GAP}\d){{7,}}"
_LONG_NUMBER = r"\d{7,}"

# Letters of regions, without RT, RW, NO, KM and JL, which also stand before numbers.
_REGION = "A[ABDEG]?|B[ABDEGHKLMNP]?|D[ABCDEGHKLMNRSTW]?|E[ABD]?|F|G|H|K[BHTU]?|L|M|N|P[ABGSTY]?|R|S|T|W|Z"
_NOT_PLATE_END = r"(?!(?i:RT|RW|NO|S/D)\b)"
# With fewer than three digits a plate needs capitals. `blok B 12 A` is a house, `s/d 1200 WIB` a time.
_PLATE = (
    r"(?<!\b[sS][./])(?<!\b[Bb]lok )(?<!\bBLOK )\b(?:"
    rf"(?:{_REGION}){_GAP}\d{{1,4}}{_GAP}{_NOT_PLATE_END}[A-Z]{{1,3}}"
    rf"|(?i:{_REGION}){_GAP}\d{{3,4}}{_GAP}{_NOT_PLATE_END}[A-Za-z]{{1,3}}"
    r")\b"
)

_SCAN = re.compile(f"(?P<kept>{_DATE}|{_HOURS}|{_RUPIAH})|{_EMAIL}|{_NIK}|{_PHONE}|{_PLATE}|{_LONG_NUMBER}")
_SIGN = re.compile(r"\S")


_REGIONS = re.compile(_REGION)
_NOTHING = "\0"


def masked_text(text: str, people: re.Pattern[str] | None = None) -> str:
    """The text with every match covered; its length and the words around stay.

    `people` finds what the city knows its people by, beside what is covered everywhere.
    """
    seen, places = as_it_looks(text)
    spans = [*emails_in(seen), *words_in(seen)]
    if people is not None:
        spans += [match.span() for match in people.finditer(seen)]
    if _MAYBE.search(seen):

        def found(match: re.Match[str]) -> str:
            if match["kept"] is not None:
                return _NOTHING * len(match.group())
            spans.append(match.span())
            return match.group()

        kept = _SCAN.sub(found, seen)
        spans += numbers_in(kept)
        spans += plates_in(kept, _REGIONS)
    if not spans:
        return text
    return _with_covers(text, [(_at(places, start), _at(places, end - 1) + 1) for start, end in spans])


_MAYBE = re.compile(r"[\d@]")
"""A text without any of these has no number, plate or address in its usual spelling."""


def _at(places: Sequence[int] | None, place: int) -> int:
    return place if places is None else places[place]


def _with_covers(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, end in sorted(spans):
        parts.append(text[done : max(start, done)])
        parts.append(_SIGN.sub(COVER, text[max(start, done) : end]))
        done = max(end, done)
    return "".join((*parts, text[done:]))


def redacted(text: str) -> str:
    """A text for a log, in which resident numbers, family cards, phone numbers and e-mail addresses are replaced.

    Narrower than the masks of people's texts: ids, hashes, times and counts in logs do not match.
    """
    return _LOGGED.sub(REDACTED, text)


REDACTED = "[redacted]"
_ALONE, _ENDS = r"(?<![0-9A-Za-z_])", r"(?![0-9A-Za-z_])"
_LOGGED = re.compile(
    rf"{_EMAIL}|{_ALONE}\d(?:[ .-]?\d){{15}}{_ENDS}|{_ALONE}(?:\+?62|0)[ -]?8\d(?:[ -]?\d){{7,11}}{_ENDS}"
)


def masked_form(value: object) -> str | None:
    """A value with its form and its ends: 3671********0001, 0812*****678, b***@example.id, B 1*** XY, B*** S******.

    None for a value that is neither a text nor a number written as text, because a part of it would reveal all of it.
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
"""A resident number or a family card; region and serial are shown."""
_EMAIL_ALONE = re.compile(_EMAIL)
_NUMBER_ALONE = re.compile(r"\+?\d(?:[\d ().-]*\d)?")
_PLATE_ALONE = re.compile(_PLATE)
_WORD = re.compile(r"\S+")


def _starred(text: str, places: Iterable[int]) -> str:
    covered = set(places)
    return "".join(STAR if place in covered else sign for place, sign in enumerate(text))
