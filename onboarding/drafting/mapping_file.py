"""The mapping file of a draft, as text: each guess has its evidence and confidence in a comment. Pure.

The only values that it shows are repeated codes of fields that are not personal.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import sqlalchemy as sa

from models.records import KEY
from models.values.types import PersonId
from models.values.vocabulary import Vocabulary
from onboarding.drafting.costs import costs_of
from onboarding.drafting.fits import Fit
from onboarding.drafting.layout import LINE_CHARS_MAX, Block, Chain, Line, call, comment_lines, quoted, statement
from onboarding.drafting.links import Link
from onboarding.drafting.liveness import conditions_of
from onboarding.drafting.matching import Database, Match, of_many, of_people
from onboarding.drafting.outlines import Outline, Selected, columns_read, outline_of, type_of
from onboarding.drafting.renderings import Rendering, code_for
from onboarding.drafting.tables import SampledColumn
from onboarding.drafting.ways import CITY
from onboarding.drafting.words.meanings import all_of, meaning_of_name

FRESH_FOR = "timedelta(minutes=15)"


@dataclass(frozen=True, slots=True)
class Heading:
    """The source of a draft. `city_module` and `city_name` are for the import of the city's constant."""

    subject: str
    source: str
    department: str
    department_known: bool
    city_module: str
    city_name: str


def draft_text(heading: Heading, matches: list[Match], database: Database, skipped: list[str]) -> str:
    """The whole file."""
    codebooks: dict[object, str] = {}
    outlines = [outline_of(_with_shared_codes(match, codebooks), database) for match in matches if match.key]
    body = [
        *_source_lines(heading),
        *_table_lines(outlines, database),
        *(text for outline in outlines for text in _mapping_lines(outline, database, heading)),
        *_unmapped_lines(matches),
        *_subject_lines(outlines, skipped),
    ]
    text = "\n".join([*_docstring(heading, costs_of(matches)), *_imports(heading, outlines, "\n".join(body)), *body])
    return text.rstrip("\n") + "\n"


def _with_shared_codes(match: Match, codebooks: dict[object, str]) -> Match:
    """A match that shares the constants of fields with the same codes."""
    fits = {}
    for name, fit in match.fits.items():
        fits[name] = fit
        if not fit.cleaning.constants:
            continue
        ((constant, block),) = fit.cleaning.constants
        untold = frozenset(one.raw for one in fit.book.untold) if fit.book is not None else frozenset()
        same = (frozenset((line.label, line.code) for line in block.lines), untold)
        known = codebooks.setdefault(same, constant)
        if known != constant:
            cleaning = replace(fit.cleaning, code=fit.cleaning.code.replace(constant, known), constants=())
            fits[name] = replace(fit, cleaning=cleaning)
    return replace(match, fits=fits)


def _docstring(heading: Heading, costs: Iterable[str]) -> list[str]:
    """What the file is, and first of all what it lacks and what that costs."""
    lacks = [
        line
        for cost in costs
        for line in textwrap.wrap(f"- {cost}", LINE_CHARS_MAX, subsequent_indent="  ", break_long_words=False)
    ]
    return [
        f'"""A draft of {heading.subject}, made by `sources inspect`. See to each TODO and each guess that is low.',
        "",
        *(["What is missing, and what that costs:", "", *lacks, ""] if lacks else ()),
        "Numbers in comments count the rows that were read, not all rows. Run `sources check` when it is connected.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
    ]


def _imports(heading: Heading, outlines: list[Outline], body: str) -> list[str]:
    decoders = {name for one in outlines for fit in _written(one) for name in fit.cleaning.names}
    conditions = {condition.name for one in outlines for condition in one.alive}
    models = {one.match.record.__name__ for one in outlines}
    models |= {
        fit.wish.contract.clean_type.__name__
        for one in outlines
        for fit in _written(one)
        if issubclass(fit.wish.contract.clean_type, Vocabulary)
    }
    module = outlines[0].match.record.__module__ if outlines else f"models.{heading.subject}"
    lines = ["from datetime import timedelta"] if outlines else []
    lines += ["from zoneinfo import ZoneInfo"] if "ZoneInfo(" in body else []
    lines += ["", "import sqlalchemy as sa"] if "sa." in body else []
    groups = [("connectors.decoders", decoders)]
    if f"{heading.city_name}." in body:
        groups.append((heading.city_module, {heading.city_name}))
    mapping = {"Mapping", "column", *conditions, *({"constant"} if "constant(" in body else ())}
    groups.append(("connectors.mapping", mapping if outlines else set()))
    groups.append(("connectors.sources", {"Source", "Subject"}))
    groups.append((module, models))
    lines += ["", *(text for name, names in sorted(groups) if names for text in _import(name, names))]
    return [*lines, ""]


def _import(module: str, names: Iterable[str]) -> list[str]:
    # In isort's order: constants, classes, functions.
    ordered = sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    flat = f"from {module} import {', '.join(ordered)}"
    if len(flat) <= 120:
        return [flat]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]


def _source_lines(heading: Heading) -> list[str]:
    lines = ["# TODO the name that the department calls the system by"]
    if not heading.department_known:
        lines.append("# TODO the department that owns it: `--department` says so")
    title = heading.source.replace("_", " ").capitalize()
    arguments = (f'name="{heading.source}"', f'department="{heading.department}"', f'title="{title}"')
    return [*lines, *statement("SOURCE = ", call("Source", *arguments)), ""]


def _table_lines(outlines: list[Outline], database: Database) -> Iterator[str]:
    niks = {
        (looks.column.table, looks.column.name)
        for outline in outlines
        for fit in outline.match.fits.values()
        if issubclass(fit.wish.contract.clean_type, PersonId)
        for looks in fit.candidate.columns
    }
    read = columns_read(outlines, database)
    for table, columns in read.items():
        if database.samples[table].table.derived is not None:
            continue
        lines = [Line(_column_code(column, database, niks)) for column in columns]
        yield from statement(f"_{database.names[table]} = ", call("sa.table", quoted(table), *lines, exploded=True))
        yield ""
    for table in sorted(read, key=lambda name: _depth(name, database)):
        derived = database.samples[table].table.derived
        if derived is not None:
            yield from comment_lines(derived.words, 0)
            base, name = f"_{database.names[derived.base]}", database.names[table]
            select, calls = derived.code(partial(_dotted, base), [column.name for column in read[table]])
            yield from _named_select(f"_{name}", select, calls, name)


def _named_select(name: str, select: Block, calls: Iterable[Block], alias: str) -> Iterator[str]:
    """A select as a subquery, broken as the formatter does."""
    if not calls:
        (*head, last) = statement(f"{name} = ", select)
        yield from (*head, f'{last}.subquery("{alias}")', "")
        return
    yield f"{name} = ("
    for code in (select, *calls):
        yield from (f"    {line}" for line in statement("", code, depth=1))
    yield f'    .subquery("{alias}")'
    yield ")"
    yield ""


def _depth(table: str, database: Database) -> int:
    derived = database.samples[table].table.derived
    return 0 if derived is None else 1 + _depth(derived.base, database)


def _column_code(column: SampledColumn, database: Database, niks: set[tuple[str, str]]) -> str:
    kind = type_of(column, database.setting.dialect, holds_nik=(column.table, column.name) in niks)
    return f"sa.column({quoted(column.name)}{', ' if kind else ''}{kind})"


def _mapping_lines(outline: Outline, database: Database, heading: Heading) -> Iterator[str]:
    record = outline.match.record
    for fit in _written(outline):
        for constant, block in fit.cleaning.constants:
            yield from statement(f"{constant} = ", block)
            yield ""
    selectable = f"_{database.names[outline.table.name]}"
    if outline.selected:
        selectable = f"_{record.name}_rows"
        yield from _select_lines(outline, selectable, database)
    columns = Block(
        "{", tuple(_field_lines(outline, heading)), "}", exploded=True, after=tuple(_not_found(outline, database))
    )
    arguments = [
        Line(record.__name__, "record="),
        Line("SOURCE.name", "source="),
        Line(selectable, "selectable="),
        Line(columns, "columns="),
        *_alive_lines(outline),
        Line(FRESH_FOR, "fresh_for=", ("TODO how fresh it has to be is agreed with the owner",)),
    ]
    if outline.unique:
        arguments.append(Line("True", "unique_key=", (f"{', '.join(outline.match.key)}: {outline.unique}",)))
    yield from statement(f"{record.name.upper()} = ", call("Mapping", *arguments, exploded=True))
    yield ""


def _select_lines(outline: Outline, name: str, database: Database) -> Iterator[str]:
    """The select that joins the record's tables, and renders columns that are not texts."""
    for link in outline.links:
        yield from comment_lines(f"{_link_words(link)}: {link.words}", 0)
    lines = [Line(_selected_code(one, database)) for one in outline.selected]
    calls = (call(".select_from", _joined(outline, database.names)),) if outline.links else ()
    yield from _named_select(name, call("sa.select", *lines, exploded=True), calls, "t")


def _joined(outline: Outline, names: Mapping[str, str]) -> str | Block:
    """The record's own table, with outer joins to the linked tables."""
    joined: str | Block = f"_{names[outline.table.name]}"
    for link in outline.links:
        own, target = f"_{names[link.table]}", f"_{names[link.target]}"
        condition = f"{_dotted(target, link.key)} == {_dotted(own, link.column)}"
        joined = call("sa.outerjoin", joined, target, condition)
    return joined


def _selected_code(one: Selected, database: Database) -> str | Block | Chain:
    table = f"_{database.names[one.table]}"
    column = _dotted(table, one.column)
    if one.joined_with:
        others = (_dotted(table, name) for name in one.joined_with)
        calls = [call for other in others for call in ('.concat("-")', f".concat(sa.cast({other}, sa.String))")]
        return Chain(f"sa.cast({column}, sa.String)", (*calls, f".label({quoted(one.label)})"))
    if one.rendering is not Rendering.PLAIN:
        function, *arguments = code_for(one.rendering, database.setting.dialect, column)
        return Block(f"{function}(", tuple(map(Line, arguments)), f").label({quoted(one.label)})")
    return f"{column}.label({quoted(one.label)})" if one.label != one.column else column


def _dotted(table: str, column: str) -> str:
    is_plain = column.isidentifier() and not keyword.iskeyword(column) and not hasattr(sa.ColumnCollection, column)
    return f"{table}.c.{column}" if is_plain else f"{table}.c[{quoted(column)}]"


def _written(outline: Outline) -> list[Fit]:
    """The fits that are in the mapping, not in a comment."""
    return [fit for fit in outline.match.fits.values() if fit.book is None or fit.book.told]


def _field_lines(outline: Outline, heading: Heading) -> Iterator[Line]:
    for name, fit in outline.match.fits.items():
        if fit.book is not None and not fit.book.told:
            continue
        arguments = [Line(quoted(legacy)) for legacy in outline.legacy[name]]
        arguments.append(Line(fit.cleaning.code.replace(CITY, heading.city_name), "decoder="))
        if name in outline.sorts_as:
            arguments.append(Line(quoted(outline.sorts_as[name]), "sorts_as="))
        comment = f"{outline.match.confidence_of(fit).value}: {evidence(outline, fit)}"
        yield Line(call("column", *arguments), f'"{name}": ', (comment,))


def evidence(outline: Outline, fit: Fit) -> str:
    """The evidence for a guess, without values."""
    cleaning, looks = fit.cleaning, fit.candidate.columns[0]
    if fit.name == KEY:
        words = [outline.match.key_words]
    elif not looks.column.filled:
        words = ["by its name alone; the rows that were read have no value"]
    elif fit.book is not None:
        words = [cleaning.words]
    else:
        words = [f"{cleaning.good:,} of {cleaning.total:,} values are {cleaning.words}"]
        words[0] = words[0].replace("are of which", "are texts, of which").replace("are read by", "were read by")
    if fit.meaning < 0.4:
        words.append("not told by its name")
    if fit.candidate.link is not None:
        words.append(f"of {fit.candidate.link.target}")
    words += [*cleaning.notes, *fit.notes]
    if fit.name in outline.order_words:
        words.append(outline.order_words[fit.name])
    return "; ".join(words)


def _not_found(outline: Outline, database: Database) -> Iterator[str]:
    fields = outline.match.record.fields
    for name, fit in outline.match.fits.items():
        if fit.book is not None and not fit.book.told:
            yield f"TODO {name}, perhaps from {outline.legacy[name][0]}: no code tells what it means"
            yield from fit.cleaning.constants[0][1].after
    for name in outline.match.missing:
        elsewhere = of_many(outline.match, name, database)
        hint = f"; perhaps the latest of {elsewhere}, which has many for each row" if elsewhere else ""
        theirs = of_people(outline.match, name, database)
        if theirs:
            hint = (
                f"; {theirs} holds people's data: it is mapped by hand, with publishes= and the reason, or not at all"
            )
        yield f"not found: {name} - {fields[name].description}{hint}"
    for owner in sorted(outline.match.owners):
        for condition in conditions_of(database.looks[owner].values(), set(), database.setting):
            why = f"a dead row of {owner} ({condition.column}) are read too"
            yield f"alive is of the own table: rows that belong to {why}"
    for looks in database.looks[outline.table.name].values():
        if "UPDATED" in all_of(meaning_of_name(looks.column.name)):
            yield f"as_of is not stated; {looks.column.name} looks like it, if a row is a report of how things are"


def _alive_lines(outline: Outline) -> Iterator[Line]:
    if not outline.alive:
        return
    comments = tuple(
        f"{condition.confidence.value}: {condition.column}: {condition.words}" for condition in outline.alive
    )
    if len(outline.alive) == 1:
        yield Line(outline.alive[0].code, "alive=", comments)
        return
    codes = tuple(Line(condition.code) for condition in outline.alive)
    yield Line(Block("(", codes, ")"), "alive=", comments)


def _unmapped_lines(matches: list[Match]) -> Iterator[str]:
    for match in matches:
        if match.table is None:
            yield from comment_lines(f"TODO {match.record.name} ({match.record.__name__}): {not_found(match)}", 0)
            yield ""


def not_found(match: Match) -> str:
    """That a record has no table, and why the likeliest are none."""
    if not match.looked_at:
        return "no table found"
    return f"no table found; looked at: {'; '.join(f'{table}: {why}' for table, why in match.looked_at)}"


def _subject_lines(outlines: list[Outline], skipped: list[str]) -> Iterator[str]:
    if skipped:
        names = ", ".join(skipped[:20])
        yield from comment_lines(f"Not looked at, as names say less or time ran out: {names}", 0)
    names = ", ".join(outline.match.record.name.upper() for outline in outlines)
    yield f"SUBJECT = Subject(SOURCE, ({names}{',' if len(outlines) == 1 else ''}))"


def _link_words(link: Link) -> str:
    return f"{link.table}.{link.column} = {link.target}.{link.key}"
