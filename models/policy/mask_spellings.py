"""Finds unusual spellings of numbers, e-mail addresses and plates in linear time.

A text is first normalized to what it looks like: digits of any script become 0 to 9, letters that stand for digits
become digits, invisible characters are dropped. Matches are positions in the original text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

Span = tuple[int, int]

# Zero width characters, soft hyphens, direction marks, and variation selectors and keycaps.
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20e3\ufe00-\ufe0f\ufeff]")
_LIKE_DIGITS = str.maketrans("OoIl|", "00111")
_ALIKE = r"[0-9OoIl|]"
_ALIKES = re.compile(rf"(?<![A-Za-z0-9|]){_ALIKE}+(?:[-. /_,\n\t]{{1,2}}{_ALIKE}+)*(?![A-Za-z0-9|])")
_OF_PLATE = re.compile(r"(?<=[A-Z][ .-])[OoIl|]\d{2,3}(?=[ .-][A-Z])")
_MAYBE_ALIKE: Final = re.compile(r"[0-9][OoIl|]|[OoIl|][0-9]|[OoIl|]{3}")
_REAL_DIGITS_MIN: Final = 5
"""The minimum number of digits beside letters that look like digits."""


class _Looks(dict[int, int]):
    """The ASCII look of other characters. Nothing is cached, because there are more than a million."""

    def __missing__(self, code: int) -> int:
        if code < 0x80:
            return code
        sign = chr(code)
        digit = unicodedata.digit(sign, None)
        if digit is not None:
            return 0x30 + digit
        if 0xFF01 <= code <= 0xFF5E:
            return code - 0xFEE0
        if 0x2010 <= code <= 0x2015 or code == 0x2212:
            return 0x2D
        return 0x20 if unicodedata.category(sign) == "Zs" else code


_LOOKS = _Looks()


def as_it_looks(text: str) -> tuple[str, Sequence[int] | None]:
    """The text as it looks, and the original position of each character if they differ."""
    places: list[int] | None = None
    if not text.isascii():
        if _UNSEEN.search(text):
            places = [place for place, sign in enumerate(text) if not _UNSEEN.match(sign)]
            text = _UNSEEN.sub("", text)
        text = text.translate(_LOOKS)
    if _MAYBE_ALIKE.search(text):
        if digits_in(text) >= _REAL_DIGITS_MIN:
            text = _ALIKES.sub(_with_digits, text)
        text = _OF_PLATE.sub(lambda match: match.group().translate(_LIKE_DIGITS), text)
    return text, places


def digits_in(text: str) -> int:
    """The number of digits."""
    return sum(map(text.count, "0123456789"))


def _with_digits(match: re.Match[str]) -> str:
    found = match.group()
    if found.isdigit() or digits_in(found) < _REAL_DIGITS_MIN:
        return found
    return found.translate(_LIKE_DIGITS)


# --- Addresses of e-mail ----------------------------------------------------------------------------------------------

_PROVIDER = r"(?:gmail|yahoo|ymail|rocketmail|hotmail|outlook|icloud|live|proton|protonmail)"
_END = r"(?:com|net|org|info|biz|id|co|go|ac|sch|web|my|edu|gov|me|io|sg)"
_DOT = r"(?:[ \t]?[.,][ \t]?|\s?[\[({<]\s?(?:dot|titik|\.)\s?[\])}>]\s?|\s(?:dot|titik)\s)"
_AT = r"(?:\s?[\[({<]\s?(?:at|et|a|@)\s?[\])}>]\s?|\s{0,2}@\s{0,2})"
_NAME = r"(?<![\w.+%-])[\w.+%-]{1,64}"
_SPELLED_NAME = rf"{_NAME}(?:(?:\s?[\[({{<]\s?(?:dot|titik)\s?[\])}}>]\s?|\s(?:dot|titik)\s)[\w.+%-]{{1,64}}){{0,3}}"
_HOST = rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}{_END}\b"
_SPELLED_DOT = r"(?:\s?[\[({<]\s?(?:dot|titik|\.)\s?[\])}>]\s?|\s(?:dot|titik)\s)"
_EMAIL: Final = re.compile(
    rf"{_SPELLED_NAME}{_AT}(?:{_HOST}|{_PROVIDER}\b(?:{_DOT}{_END}\b)*)"
    rf"|{_SPELLED_NAME}\s(?:at|et)\s(?:[\w-]{{1,63}}(?:{_SPELLED_DOT}[\w-]{{1,63}}){{0,3}}{_SPELLED_DOT}{_END}\b"
    rf"(?:{_DOT}{_END}\b)*|{_PROVIDER}\b(?:{_DOT}{_END}\b)*)",
    re.IGNORECASE,
)
_ATS: Final = ("@", "at", "et", "(", "[", "{", "<")
_HAS_AT = re.compile(r"@|\b[ae]t\b|[\[({<]\s?a\s?[\])}>]", re.IGNORECASE)

# --- Numbers in words -------------------------------------------------------------------------------------------------

_WORD = (
    r"(?:nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan|sembilan"
    r"|zero|oh|one|two|three|four|five|six|seven|eight|nine)"
)
_WORDS: Final = re.compile(rf"\b{_WORD}(?:[\s,./_-]{{1,3}}{_WORD}){{7,}}\b", re.IGNORECASE)
_NOUGHTS: Final = ("nol", "kosong", "zero", "oh")

# --- Numbers across any signs -----------------------------------------------------------------------------------------

_SIGNS = r"[\s.,/_():;*|\\~'\"+=-]"
_CHAIN: Final = re.compile(rf"(?<!\d)\d(?:{_SIGNS}{{0,3}}\d){{8,}}")
_GROUP = re.compile(r"\d+")
_HOUR = r"(?:[01]?\d|2[0-4])[.:][0-5]\d(?![\d])"
_AREA = r"\d\d\.\d\d(?:\.\d\d(?:\.\d{4})?)?"
_NOT_OF_PEOPLE: Final = re.compile(
    r"(?<![\d.])-?\d{1,3}\.\d{3,}°?\s?[NSEWLU]?\s?[,;/ ]\s?-?\d{1,3}\.\d{3,}(?![\d.])"
    rf"|(?<![\d.]){_AREA}(?:[,;]\s?{_AREA})+(?![\d.])"
    rf"|(?<!\d){_HOUR}(?:[\s,;/-]{{1,3}}{_HOUR})+"
    r"|\bR[TW][.:]?\s?\d{1,3}(?:\s?/\s?\d{1,3})*(?!\d)",
    re.IGNORECASE,
)
"""Coordinates, area codes, sequences of times, and neighbourhoods."""
_PROVINCE = re.compile(r"1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7]")
_NIK_DIGITS: Final = 16
_MOBILE: Final = re.compile(r"08[1-35789]\d|08[1-35789]$")
_ABROAD: Final = re.compile(r"(?:00)?62")
_PHONE_DIGITS: Final = range(10, 15)
_HOME_DIGITS_MIN: Final = 9
_YEAR = re.compile(r"(?:19|20)\d\d")
_AREA_CODE = re.compile(r"0[2-79]\d{1,2}$")

# --- Plates -----------------------------------------------------------------------------------------------------------

_PLATE_SIGNS = r"[\s.,/_-]{1,3}"
_PLATE_DIGITS = rf"\d(?:{_SIGNS}?\d){{2,3}}"


_PLATE: Final = re.compile(
    rf"[A-Z]{{1,2}}{_PLATE_SIGNS}{_PLATE_DIGITS}{_PLATE_SIGNS}"
    r"(?!(?:RT|RW|NO|KM|CM|KG|M|WIB|WITA|WIT|DI|KE|DAN)\b)[A-Z](?: ?[A-Z]){0,2}(?![\w/])"
)
_NO_PLATE_BEFORE: Final = re.compile(r"[\w/.]$|\b(?:no|nomor|blok)[ .:]$", re.IGNORECASE)
_BEFORE_CHARS: Final = 8


# --- Finding ----------------------------------------------------------------------------------------------------------


def emails_in(text: str) -> Iterator[Span]:
    """Addresses with `@`, `[at]`, or `at` and `dot` in words, with spaces around them."""
    lower = text.lower()
    if any(map(lower.__contains__, _ATS)) and _HAS_AT.search(text):
        yield from (match.span() for match in _EMAIL.finditer(text))


def words_in(text: str) -> Iterator[Span]:
    """Numbers of eight digits or more in words: nol delapan satu dua ..."""
    lower = text.lower()
    if any(map(lower.__contains__, _NOUGHTS)):
        yield from (match.span() for match in _WORDS.finditer(text))


def plates_in(text: str, region: re.Pattern[str]) -> Iterator[Span]:
    """Plates of a region in capitals, with any characters between the parts; no initials and no house numbers."""
    for match in _PLATE.finditer(text):
        start = match.start()
        letters = match.group()[: 2 if match.group()[1].isalpha() else 1]
        if region.fullmatch(letters) and not _NO_PLATE_BEFORE.search(text[max(0, start - _BEFORE_CHARS) : start]):
            yield match.span()


def numbers_in(text: str) -> Iterator[Span]:
    """Resident numbers and telephone numbers in groups of digits, with any characters between the groups."""
    if digits_in(text) < _PHONE_DIGITS.start:
        return
    text = _NOT_OF_PEOPLE.sub(lambda match: "\0" * len(match.group()), text)
    for chain in _CHAIN.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *chain.span())]
        at = 0
        while at < len(groups):
            end = _resident(text, groups, at) or _telephone(text, groups, at)
            if end:
                start = groups[at][0]
                yield start - (text[start - 1 : start] == "+"), groups[end - 1][1]
            at = end or at + 1


def _resident(text: str, groups: Sequence[Span], at: int) -> int:
    """The group after which a resident number ends that begins with this one; 0 if none does."""
    digits = ""
    for end in range(at, min(at + _NIK_DIGITS, len(groups))):
        digits += text[slice(*groups[end])]
        if len(digits) >= _NIK_DIGITS:
            return end + 1 if len(digits) == _NIK_DIGITS and _is_resident(digits) else 0
    return 0


def _is_resident(digits: str) -> bool:
    day, month = int(digits[6:8]), int(digits[8:10])
    is_day = 1 <= day <= 31 or 41 <= day <= 71
    return _PROVINCE.match(digits) is not None and is_day and 1 <= month <= 12 and digits[12:] != "0000"


def _telephone(text: str, groups: Sequence[Span], at: int) -> int:
    """The group after which a telephone number ends; without 0 or +62 its first group has three digits or more."""
    start, end = groups[at]
    first = text[start:end]
    is_abroad = _ABROAD.match(first) is not None and (text[start - 1 : start] == "+" or first.startswith("0062"))
    is_abroad = is_abroad or (first == "62" and text[groups[at + 1][0]] == "8" if at + 1 < len(groups) else False)
    if not is_abroad and not _MOBILE.match(first):
        if not _AREA_CODE.match(first) or at + 1 >= len(groups):
            return 0
        return _at_home(text, groups, at)
    found, digits, gap = 0, -2 if first.startswith("00") else 0, ""
    for last in range(at, len(groups)):
        before, gap = gap, text[groups[last - 1][1] : groups[last][0]] if last > at else ""
        digits += groups[last][1] - groups[last][0]
        # A number uses one separator throughout; another separator begins something else.
        if digits >= _PHONE_DIGITS.stop or (found and gap != before):
            break
        found = last + 1 if digits >= _PHONE_DIGITS.start else 0
    return found


def _at_home(text: str, groups: Sequence[Span], at: int) -> int:
    """The same for a telephone number with an area code, in two groups, or in three of which the last is no year."""
    code, *local = (text[slice(*group)] for group in groups[at : at + 3])
    if 5 <= len(local[0]) <= 8 and len(code + local[0]) >= _HOME_DIGITS_MIN:
        return at + 2
    if len(local) == 2 and all(3 <= len(part) <= 4 for part in local) and not _YEAR.match(local[1]):
        return at + 3 if len(code) + sum(map(len, local)) >= _HOME_DIGITS_MIN else 0
    return 0
