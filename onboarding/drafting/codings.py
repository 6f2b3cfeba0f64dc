"""Codings: decoders of codes with a line per code, and a TODO for each unknown code. Pure."""

from __future__ import annotations

import re
from typing import Any

from connectors.decoders.codes import codes
from models.records import Field, PersonalClass, Record
from models.values.vocabulary import UNKNOWN
from onboarding.drafting.cleanings import Cleaning
from onboarding.drafting.layout import Block, Line, quoted, tuple_of
from onboarding.drafting.looks import Looks
from onboarding.drafting.renderings import SAMPLED_AS, Rendering
from onboarding.drafting.ways import Setting
from onboarding.drafting.words.vocabularies import CODES_MAX, Codebook, Raw

SURE_MIN = 0.7
DEPARTMENTS_SHARE_MIN = 0.6


def constant_of(record: type[Record], contract: Field) -> str:
    """The name of the constant that holds the codes of a field."""
    return f"_{record.name.upper()}_{contract.name.upper()}"


def codes_cleaning(record: type[Record], contract: Field, book: Codebook, looks: Looks, setting: Setting) -> Cleaning:
    """The known codes, with the unknown ones in comments."""
    constant, kind = constant_of(record, contract), contract.clean_type
    personal = contract.personal is not PersonalClass.NON_PERSONAL
    lines: list[Line] = []
    for meaning in book.told:
        assert meaning.member is not None
        counted = () if personal else (f"{meaning.rows:,} of {book.rows:,}",)
        remark = ", ".join((*counted, *(() if meaning.sureness >= SURE_MIN else ("a guess",))))
        lines.append(Line(f"{kind.__name__}.{meaning.member.name}", f"{quoted(meaning.raw)}: ", remark=remark))
    after = [
        f"TODO {quoted(meaning.raw)}: {kind.__name__}.?  ({meaning.rows:,} of {book.rows:,})" for meaning in book.untold
    ]
    if book.hidden:
        why = "the field is personal" if personal else "they could be names or numbers of people"
        after.append(f"TODO {book.hidden} more codes, which are not shown: {why}")
    members = ", ".join(member.name for member in kind if member.value != UNKNOWN)  # type: ignore[attr-defined]
    if after:
        after.append(f"{kind.__name__} has {members}")
    block = Block("{", tuple(lines), "}", exploded=True, after=tuple(after))
    nulls = f", nulls={tuple_of(book.nothings)}" if book.nothings else ""
    meanings = {meaning.raw: meaning.member for meaning in book.told} or {_any_raw(book): kind[UNKNOWN]}  # type: ignore[index]
    column = looks.column
    rendered = setting.dialect != "sqlite" and all(isinstance(raw, str) for raw in column.counts)
    rendering = SAMPLED_AS.get(column.declared.kind, Rendering.PLAIN) if rendered else Rendering.PLAIN
    return Cleaning(
        f"codes({constant}{nulls})", ("codes",), codes(meanings), book.rows_told, book.rows,  # type: ignore[arg-type]
        f"{len(book.told)} of {len(book.meanings) + book.hidden} codes are told by their spelling", 0.5, rendering,
        constants=((constant, block),),
    )  # fmt: skip


def departments_cleaning(record: type[Record], contract: Field, looks: Looks, setting: Setting) -> Cleaning | None:
    """The codes of the city's departments, in any spelling; None if a column holds few of them."""
    if not looks.said or len(looks.said) > CODES_MAX:
        return None
    spellings = {
        _folded(spelling): department.code
        for department in setting.city.departments
        for spelling in (department.code, department.abbreviation, department.name)
    }
    told = {raw: spellings[_folded(raw)] for raw in sorted(looks.said) if _folded(raw) in spellings}
    good = sum(looks.said[raw] for raw in told)
    if good < looks.total * DEPARTMENTS_SHARE_MIN:
        return None
    constant = constant_of(record, contract)
    lines = tuple(
        Line(quoted(code), f"{quoted(raw)}: ", remark=f"{looks.said[raw]:,} of {looks.total:,}")
        for raw, code in told.items()
    )
    rest = len(looks.said) - len(told)
    after = (f"TODO {rest} more spellings, which are no code and no name of a department of the city",) if rest else ()
    block = Block("{", lines, "}", exploded=True, after=after)
    nulls = f", nulls={tuple_of(looks.nothings)}" if looks.nothings else ""
    return Cleaning(
        f"codes({constant}{nulls})", ("codes",), codes(told), good, looks.total,
        "departments of the city", 0.9, constants=((constant, block),),
    )  # fmt: skip


def _folded(spelling: str) -> str:
    return re.sub(r"[^a-z0-9]", "", spelling.lower())


def _any_raw(book: Codebook) -> Raw:
    return book.meanings[0].raw if book.meanings else ""


def flag_cleaning(letters: tuple[Raw, Raw], blanks: tuple[object, ...], looks: Looks) -> Cleaning:
    """The cleaning of a column of flags: `flag` for letters, `codes` for numbers and booleans."""
    yes, no = letters
    total = sum(count for value, count in looks.column.counts.items() if value not in blanks)
    words = f"{quoted(yes)} and {quoted(no)}"
    meanings: dict[Any, object] = {yes: True, no: False}
    decoder = codes(meanings)
    if not isinstance(yes, str):
        return Cleaning(f"codes({{{yes!r}: True, {no!r}: False}})", ("codes",), decoder, total, total, words, 0.5)
    usual = ("", "-")
    more = tuple(blank for blank in blanks if blank not in usual)
    nulls = f", nulls={tuple_of((*usual, *more))}" if more else ""
    return Cleaning(
        f"flag(yes={quoted(yes)}, no={quoted(no)}{nulls})", ("flag",), decoder, total, total, words, 0.5
    )  # fmt: skip
