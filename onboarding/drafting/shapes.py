"""Shapes: tables that need a select by hand, recognised, and made into tables that are drafted like any other. Pure.

Settings in keys and values are one row; replies are the rows that refer to a row of their own table; columns that are
values are unpivoted; things with a class and a state are counted; texts that should be a record are its distinct ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import median

from models.records import Record
from models.values.types import Money, MoneyRange
from models.values.vocabulary import Vocabulary
from onboarding.drafting.layout import Block, Line, call, quoted
from onboarding.drafting.links import Link
from onboarding.drafting.looks import Looks
from onboarding.drafting.people import People
from onboarding.drafting.tables import Derived, LegacyColumn, LegacyTable, SampledColumn, SampledTable, SqlType
from onboarding.drafting.words.lexicon import TOPICS
from onboarding.drafting.words.meanings import all_of, likeness, meaning_of_name, words_of
from onboarding.drafting.words.vocabularies import codebook, column_remark

KEYS_MIN, KEYS_MAX = 5, 500
DISTINCT_MIN, DISTINCT_MAX = 2, 60
EACH_MIN = 3
"""How often a text stands in a column on average that should be a record of its own."""
PIVOTED_MIN = 3
ALIKE_TIMES_MAX = 30
"""How far the medians of columns lie apart that hold the same kind of amount."""
NAMED_MIN = 0.5
LONG_WORDS_MIN = 5
_KINDS = frozenset({"KIND", "NAME", "CODE"})
_NUMBERS = (SqlType.WHOLE, SqlType.FRACTION, SqlType.EXACT)

Looked = Mapping[str, Mapping[str, Looks]]
Said = Callable[[str], str]
Code = tuple[Block, tuple[Block, ...]]


def parent_column(table: SampledTable, looks: Mapping[str, Looks]) -> str | None:
    """The column by which what people wrote refers to what it replies to, in the same table."""
    if len(table.table.key) != 1 or not any(one.words >= LONG_WORDS_MIN for one in looks.values()):
        return None
    (key,) = table.table.key
    declared = [one.column for one in table.table.references if one.table == table.name and one.key == key]
    named = [name for name in table.columns if name != key and "PARENT" in all_of(meaning_of_name(name))]
    keys = set(table.columns[key].counts)
    for name in dict.fromkeys([*declared, *named]):
        column = table.columns.get(name)
        if column is not None and 0 < column.filled < table.rows and keys.issuperset(set(column.counts) - {0, ""}):
            return name
    return None


def shapes_of(
    records: Sequence[type[Record]], samples: Mapping[str, SampledTable], looks: Looked, people: People
) -> Iterator[tuple[SampledTable, list[Link]]]:
    """The tables that can be made of others for these records, with the links that come with them."""
    for table in samples.values():
        if table.name in people.tables or not table.rows:
            continue
        columns = looks[table.name]
        yield from _settings(table, columns)
        yield from _replies(table, columns)
        yield from _counts(records, table, columns)
        for made, links in _unpivoted(records, table, columns):
            yield made, links
            its_looks = {name: Looks(column) for name, column in made.columns.items()}
            yield from _distinct(records, made, its_looks, people)
        yield from _distinct(records, table, columns, people)


def _made(
    name: str, columns: Sequence[LegacyColumn], rows: Sequence[Sequence[object]], key: tuple[str, ...], derived: Derived
) -> SampledTable:
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    sampled = {one.name: SampledColumn(name, one, values[at]) for at, one in enumerate(columns)}
    table = LegacyTable(name, tuple(columns), key, derived=derived)
    unique = {key[0]: derived.words} if len(key) == 1 else {}
    return SampledTable(table, sampled, len(rows), True, unique)


def _select(*columns: Line | Block | str) -> Block:
    return call("sa.select", *columns, exploded=True)


def _comparable(column: SampledColumn, said: Said) -> str:
    """A column in code; one of a type of its own as a text, since it equals nothing else."""
    is_typed = column.declared.kind is SqlType.TYPED
    return f"sa.cast({said(column.name)}, sa.String)" if is_typed else said(column.name)


def _link(table: str, column: str, target: str, key: str, words: str) -> Link:
    return Link(table, column, target, key, words, True, 1.0, 1.0)


# --- Settings: keys and values ----------------------------------------------------------------------------------------


def _settings(table: SampledTable, looks: Mapping[str, Looks]) -> Iterator[tuple[SampledTable, list[Link]]]:
    texts = [name for name, one in looks.items() if one.column.kind is SqlType.TEXT]
    if not KEYS_MIN <= table.rows <= KEYS_MAX or not table.whole or len(texts) < 2 or len(looks) > 5:
        return
    keys = [name for name in texts if name in table.unique and looks[name].share(_is_setting) > 0.9]
    values = [name for name in texts if name not in keys and "NAME" not in all_of(meaning_of_name(name))]
    if len(keys) != 1 or not values:
        return
    said = {
        str(key): value
        for key, value in zip(table.columns[keys[0]].values, table.columns[values[0]].values, strict=True)
        if _is_setting(str(key)) and not all_of(meaning_of_name(str(key))) & {"PASSWORD"}
    }
    first, count = Counter(words_of(key)[0] for key in said).most_common(1)[0]
    name = f"{first}_{table.name}" if count * 3 > len(said) else table.name + "_row"
    declared = [LegacyColumn(key, SqlType.TEXT) for key in said]
    derived = Derived(
        table.name, f"one row of the keys and values of {table.name}", partial(_settings_code, keys[0], values[0]),
        (keys[0], values[0]), frozenset(said),
    )  # fmt: skip
    code = next((key for key in said if "CODE" in all_of(meaning_of_name(key))), declared[0].name)
    yield _made(name, declared, [tuple(said.values())], (code,), derived), []


def _is_setting(key: str) -> bool:
    return key.replace("_", "").replace(".", "").replace("-", "").isalnum() and key[:1].isalpha() and len(key) <= 40


def _settings_code(key: str, value: str, said: Said, wanted: Sequence[str]) -> Code:
    lines = [
        Block(
            "sa.func.max(",
            (
                Line(
                    call("sa.case", Line(Block("(", (Line(f"{said(key)} == {quoted(name)}"), Line(said(value))), ")")))
                ),
            ),
            f").label({quoted(name)})",
        )
        for name in wanted
    ]
    return _select(*lines), ()


# --- Replies: rows that refer to rows of their own table --------------------------------------------------------------


def _replies(table: SampledTable, looks: Mapping[str, Looks]) -> Iterator[tuple[SampledTable, list[Link]]]:
    parent = parent_column(table, looks)
    if parent is None:
        return
    at = list(table.columns).index(parent)
    rows = [row for row in zip(*(one.values for one in table.columns.values()), strict=True) if row[at] is not None]
    name = f"{table.name}_replies"
    derived = Derived(table.name, f"the rows of {table.name} that reply to another", partial(_replies_code, parent))
    made = _made(name, [one.declared for one in table.columns.values()], rows, table.table.key, derived)
    words = f"{parent} refers to the row that it replies to"
    yield made, [_link(name, parent, table.name, table.table.key[0], words)]


def _replies_code(parent: str, said: Said, wanted: Sequence[str]) -> Code:
    return _select(*map(said, wanted)), (call(".where", f"{said(parent)}.is_not(None)"),)


# --- Things with a class and a state, counted -------------------------------------------------------------------------


def _counts(
    records: Sequence[type[Record]], table: SampledTable, looks: Mapping[str, Looks]
) -> Iterator[tuple[SampledTable, list[Link]]]:
    """One row per thing, where a record says how many there are and how many of them are free."""
    counting = [one for one in records if {"capacity", "available"} <= one.fields.keys()]
    free = next((found for one in looks.values() if (found := _free(one)) is not None), None)
    owners = [one for one in table.table.references if one.table != table.name]
    if not counting or free is None or not owners or any(one.words >= LONG_WORDS_MIN for one in looks.values()):
        return
    state, value = free
    kinds = [one.clean_type for one in counting[0].fields.values() if issubclass(one.clean_type, Vocabulary)]
    classes = [name for name, one in looks.items() if name != state and any(_tells(kind, one) for kind in kinds)]
    if not classes:
        return
    by = (owners[0].column, classes[0])
    groups: dict[tuple[object, ...], list[int]] = {}
    for *group, said in zip(*(table.columns[name].values for name in (*by, state)), strict=True):
        counted = groups.setdefault(tuple(group), [0, 0])
        counted[0] += 1
        counted[1] += said == value
    name = f"{table.name}_counts"
    declared = [
        *(table.columns[one].declared for one in by),
        *(LegacyColumn(one, SqlType.WHOLE) for one in ("capacity", "available")),
    ]
    derived = Derived(
        table.name, f"a row of {table.name} is one thing: they are counted",
        partial(_counts_code, by, table.columns[state], value),
        (*by, state), frozenset({"capacity", "available"}),
    )  # fmt: skip
    rows = [(*group, *counted) for group, counted in groups.items()]
    made = _made(name, declared, rows, by, derived)
    yield made, [_link(name, by[0], owners[0].table, owners[0].key, f"a foreign key to {owners[0].table}")]


def _tells(kind: type[Vocabulary], looks: Looks) -> bool:
    book = codebook(kind, looks.column, personal=False)
    return book is not None and len(book.told) > 1 and book.share > NAMED_MIN


def _free(looks: Looks) -> tuple[str, str | int] | None:
    """The column that says whether a thing is free, and the value that says so."""
    about = all_of(meaning_of_name(looks.column.name))
    if not about & {"STATUS", "AVAILABLE", "OCCUPIED"} or not 1 < len(looks.column.counts) <= DISTINCT_MAX:
        return None
    remarks = dict(column_remark(looks.column))
    for value in looks.column.counts:
        words = remarks.get(str(value), str(value)).lower().split()
        if isinstance(value, str | int) and set(words) & set(TOPICS["AVAILABLE"].split()):
            return looks.column.name, value
    return None


def _counts_code(by: Sequence[str], state: SampledColumn, value: object, said: Said, wanted: Sequence[str]) -> Code:
    groups = [said(name) for name in by]
    free = call("sa.case", f"({_comparable(state, said)} == {quoted(value)}, 1)")
    counts = {
        "capacity": Line('sa.func.count().label("capacity")'),
        "available": Line(Block("sa.func.count(", (Line(free),), ').label("available")')),
    }
    return _select(*groups, *(counts[name] for name in wanted if name in counts)), (call(".group_by", *groups),)


# --- Columns that are values ------------------------------------------------------------------------------------------


def _unpivoted(
    records: Sequence[type[Record]], table: SampledTable, looks: Mapping[str, Looks]
) -> Iterator[tuple[SampledTable, list[Link]]]:
    """A column per thing, all with the same kind of amount, where a record has the thing and the amount."""
    amounts = [one for record in records for one in record.fields.values() if one.clean_type in (Money, MoneyRange)]
    key = table.table.key
    usual = {concept for record in records for name in record.fields for concept in all_of(meaning_of_name(name))}
    pivoted = [
        name
        for name, one in looks.items()
        if one.column.kind in _NUMBERS and name not in key and not all_of(meaning_of_name(name)) & usual
        and not any(reference.column == name for reference in table.table.references)
        and not all_of(meaning_of_name(name)) & {"ID", "CODE", "NUMBER", "DATE", "NAME", "YEAR", "STATUS"}
    ]  # fmt: skip
    if not amounts or len(key) != 1 or len(pivoted) < PIVOTED_MIN or not _are_alike([looks[name] for name in pivoted]):
        return
    names = [
        name
        for record in records
        if amounts[0].name in record.fields
        for name in record.fields
        if name.endswith("_name")
    ]
    taken = {concept for name in table.columns if name not in pivoted for concept in all_of(meaning_of_name(name))}
    left = [name for name in names if not (all_of(meaning_of_name(name)) - {"NAME"}) & taken]
    if len(left) != 1:
        return
    thing, amount = left[0], amounts[0].name
    kept = [name for name in table.columns if name not in pivoted]
    rows = [
        (*row, name, value)
        for name in pivoted
        for *row, value in zip(*(table.columns[one].values for one in (*kept, name)), strict=True)
    ]
    declared = [
        *(table.columns[name].declared for name in kept), LegacyColumn(thing, SqlType.TEXT),
        LegacyColumn(amount, looks[pivoted[0]].column.declared.kind, looks[pivoted[0]].column.declared.width),
    ]  # fmt: skip
    derived = Derived(
        table.name, f"{len(pivoted)} columns of {table.name} are values: each makes a row",
        partial(_unpivoted_code, pivoted, thing, amount), tuple(pivoted), frozenset({thing, amount}),
    )  # fmt: skip
    name = f"{table.name}_rows"
    yield (
        _made(name, declared, rows, (*key, thing), derived),
        [
            _link(name, one.column, one.table, one.key, f"a foreign key to {one.table}")
            for one in table.table.references
            if one.column in kept
        ],
    )


def _are_alike(columns: Sequence[Looks]) -> bool:
    middles = []
    for one in columns:
        numbers = [float(str(value)) for value in one.column.counts.elements() if _is_number(value)]
        middles.append(median(numbers) if numbers else 0.0)
    filled = [one for one in middles if one > 1]
    return len(filled) >= PIVOTED_MIN and max(filled) <= ALIKE_TIMES_MAX * min(filled)


def _is_number(value: object) -> bool:
    return str(value).replace(".", "", 1).isdigit()


def _unpivoted_code(pivoted: Sequence[str], thing: str, amount: str, said: Said, wanted: Sequence[str]) -> Code:
    kept = [said(name) for name in wanted if name not in (thing, amount)]
    selects = [
        call(
            "sa.select",
            *kept,
            f"constant({quoted(name)}).label({quoted(thing)})",
            f"{said(name)}.label({quoted(amount)})",
        )
        for name in pivoted
    ]
    return call("sa.union_all", *selects, exploded=True), ()


# --- Texts that should be a record ------------------------------------------------------------------------------------


def _distinct(
    records: Sequence[type[Record]], table: SampledTable, looks: Mapping[str, Looks], people: People
) -> Iterator[tuple[SampledTable, list[Link]]]:
    for name, one in looks.items():
        is_text = one.column.kind in (SqlType.TEXT, SqlType.TYPED) and one.words < LONG_WORDS_MIN and one.letters > 0.5
        if not is_text or not DISTINCT_MIN <= len(one.said) <= DISTINCT_MAX or one.total < EACH_MIN * len(one.said):
            continue
        if people.is_theirs(one) or any(reference.column == name for reference in table.table.references):
            continue
        record = next((record for record in records if _is_called(record, name, records)), None)
        if record is None or ("code" not in record.fields and "name" not in record.fields):
            continue
        made_name = f"{table.name}_{name}"
        code = LegacyColumn("code", SqlType.TEXT, one.column.declared.width)
        declared = [code, LegacyColumn("name", SqlType.TEXT, one.column.declared.width)]
        derived = Derived(
            table.name, f"the distinct texts of {table.name}.{name}", partial(_distinct_code, one.column), (name,),
            frozenset({"code", "name"}),
        )  # fmt: skip
        rows = [(text, text) for text in sorted(one.said)]
        words = f"{name} is the text itself"
        yield _made(made_name, declared, rows, ("code",), derived), [_link(table.name, name, made_name, "code", words)]


def _is_called(record: type[Record], column: str, records: Sequence[type[Record]]) -> bool:
    """Whether other records refer to this one by something that the column is called after."""
    found = meaning_of_name(column)
    for other in records:
        for relation in other.relations.values():
            if relation.target == record.name and not relation.many and other is not record:
                wanted = meaning_of_name(relation.on[0][0])
                subject = tuple(concepts for concepts in wanted if not concepts <= {"ID", "CODE", "NUMBER"})
                called = max(likeness(subject, _KINDS, found), likeness(meaning_of_name(record.name), _KINDS, found))
                if called > NAMED_MIN:
                    return True
    return False


def _distinct_code(column: SampledColumn, said: Said, wanted: Sequence[str]) -> Code:
    names = [f"{_comparable(column, said)}.label({quoted(name)})" for name in wanted]
    return _select(*names), (call(".where", f"{said(column.name)}.is_not(None)"), call(".distinct"))
