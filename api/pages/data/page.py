"""`/data`: all collections; `/data/<collection>`: one of them with filters, rows, a map, files and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from strawberry.utils.str_converters import to_camel_case

from api.exports.collections import COLLECTIONS, Collection, ColumnKind, ExportColumn
from api.pages.data.filters import AREAS, LISTED, Control, Option, chosen_of, controls_of
from api.pages.data.points_map import PointsMap, points_map
from api.pages.data.previews import PREVIEWS, Preview, heading_of
from api.pages.data.programs import Programs, forms_for_all, question_of
from api.pages.developers.page import address_of
from api.pages.frame import Frame, language_on
from api.pages.parts import Parts
from api.pages.queries import PageAnswer, PageQueries, read
from api.pages.wording import NONE, Wording, span_in
from connectors.catalog import Binding
from models.errors import BadInput, BadRequest
from models.records import Record
from models.values.localized import Language
from models.words.catalogue import described

ROWS: Final = 50
CHOICES_S: Final = 60.0
CHOICES_MAX: Final = 100
TEXT_CHARS_MAX: Final = 160
_CLIENTS_FAULTS: Final = frozenset({BadInput.code, BadRequest.code})

Choices = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows that filters offer, by the list that they are of."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A collection in the list of all. One that is not connected in this city leads nowhere."""

    name: str
    title: str
    about: str
    department: str | None
    rhythm: str | None
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataPage:
    """`/data`: all collections with their departments."""

    frame: Frame
    asking: PageQueries

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        listed = [self._listed(name, preview, language) for name, preview in PREVIEWS.items()]
        return self.frame.page(http, "data.html", listed=listed)

    def _listed(self, name: str, preview: Preview, language: Language) -> Listed:
        collection = COLLECTIONS[name]
        binding = self.asking.catalog.binding(collection.record)
        terms = binding.source.terms if binding is not None else None
        return Listed(
            name,
            preview.title,
            described(collection.record, language),
            binding.department.name if binding is not None else None,
            terms.rhythm.label_in(language) if terms is not None else None,
            tuple(forms_for_all(collection)),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell, and whether it is a number."""

    text: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    name: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """What the graph answered: cells by row, how many rows there are in all, and where they lie."""

    heads: tuple[Head, ...]
    cells: tuple[tuple[Cell, ...], ...]
    total: str
    next_page: str
    drawn: PointsMap | None
    answer: PageAnswer


@dataclass(slots=True)
class CollectionPage:
    """One collection. What its filters offer is the same for all readers of a language."""

    frame: Frame
    asking: PageQueries
    choices: Parts[Choices] = field(init=False)

    def __post_init__(self) -> None:
        self.choices = Parts(self._choices, CHOICES_S)

    async def __call__(self, http: HttpRequest) -> Response:
        name = http.path_params["name"]
        preview = PREVIEWS.get(name)
        if preview is None:
            return self.frame.page(http, "missing.html", status=404)
        language = language_on(http)
        wording = Wording(language, self.frame.city, self.asking.now)
        collection = COLLECTIONS[name]
        binding = self.asking.catalog.binding(collection.record)
        choices: Choices = await self.choices.get(name, language) if binding is not None else {}
        controls = [_with_options(one, choices) for one in controls_of(collection.record, binding, wording)]
        chosen = chosen_of(controls, http.query_params, wording)
        sorts = tuple(_sorts(collection.record, binding, wording))
        sort = _sort(http.query_params.get("sort") or preview.sort, sorts)
        given = {"filter": chosen.where, "orderBy": _order(sort), "after": http.query_params.get("after", "")}
        columns = self._columns(collection, preview)
        rows_max = min(ROWS, self.frame.city.page_rows_max)
        question = question_of(collection, columns, rows_max, given)
        shown = None
        status = 400 if chosen.wrong else 200
        if binding is not None and not chosen.wrong:
            body = await self.asking.ask(http, question.text, language, dict(question.variables), is_own=True)
            status = 400 if _is_the_readers_fault(body) else 200
            shown = self._rows(http, collection, columns, read(body), wording, choices)
        programs = Programs(collection, chosen.where, sort, language, address_of(http))
        # The cursor of a page is not part of the question for programs.
        asked = question_of(collection, columns, rows_max, {**given, "after": ""})
        return self.frame.page(
            http, "data_collection.html", status=status, name=name, title=preview.title, chosen=chosen, sorts=sorts,
            sort=sort, shown=shown, about=described(collection.record, language), source=_source(binding, language),
            is_filtered=bool(chosen.where), is_first=not given["after"], row_type=collection.row.name,
            files=programs.files(),
            counted=[(heading_of(to_camel_case(one.lower())), at) for one, at in programs.counted()],
            commands=programs.commands(asked), explorer=programs.explorer(asked), first_page=_address(http, after=None),
            age=wording.as_of(shown.answer.oldest) if shown is not None else "",
        )  # fmt: skip

    def _columns(self, collection: Collection, preview: Preview) -> list[ExportColumn]:
        columns = map(collection.column, preview.columns)
        return [column for column in columns if collection.holds(column, self.asking.catalog)]

    async def _choices(self, name: str, language: Language) -> Choices:
        """What the filters of a collection offer; nothing of a department that does not answer."""
        targets = {relation.target for relation in COLLECTIONS[name].record.relations.values() if not relation.many}
        lists = [
            f"{listed}(first: {CHOICES_MAX}, orderBy: [{{name: ASC}}]) {{ nodes {{ code name }} }}"
            for target, listed in LISTED.items()
            if target in targets and self.asking.catalog.named(target) is not None
        ]
        if self.asking.catalog.named(AREAS) is not None:
            level = self.frame.city.parts.level.value
            lists.append(
                f"{AREAS}(first: {CHOICES_MAX}, filter: {{level: {{eq: {level}}}}}, orderBy: [{{name: ASC}}]) "
                "{ nodes { code name position { latitude longitude } } }"
            )
        if not lists:
            return {}
        answer = read(await self.asking.ask_for_all(f"query DataChoices {{ {' '.join(lists)} }}", language))
        return {listed: answer.rows(listed) for listed in (*LISTED.values(), AREAS)}

    def _rows(
        self,
        http: HttpRequest,
        collection: Collection,
        columns: Sequence[ExportColumn],
        answer: PageAnswer,
        wording: Wording,
        choices: Choices,
    ) -> Rows:
        nodes, page = answer.rows(collection.name), answer.part(collection.name)
        following = (page.get("pageInfo") or {}).get("endCursor") if page else None
        has_next = bool(page) and (page.get("pageInfo") or {}).get("hasNextPage")
        cells = tuple(tuple(_cell(column, node, wording) for column in columns) for node in nodes)
        places = collection.located_for_all
        positions = [
            (number, cells[number - 1][0].text, node[places])
            for number, node in enumerate(nodes, 1)
            if places is not None and node[places] is not None
        ]
        polygons = self.asking.operations.services.polygons
        total = page.get("totalCount") if page else None
        return Rows(
            tuple(Head(heading_of(column.name), _is_number(column)) for column in columns),
            cells,
            wording.number(total) if total is not None else NONE,
            _address(http, after=following) if has_next else "",
            points_map(positions, choices.get(AREAS, ()), polygons),
            answer,
        )


def _with_options(control: Control, choices: Choices) -> Control:
    """A control with what it offers. One that has nothing to offer is filled in by hand."""
    options = control.options
    if control.listed:
        options = tuple((row["code"], row["name"] or row["code"]) for row in choices.get(control.listed, ()))
    return replace(
        control, options=options, looks="text" if control.looks == "select" and not options else control.looks
    )


def _sorts(record: type[Record], binding: Binding | None, wording: Wording) -> Iterator[Option]:
    """The orders that the source can make."""
    if binding is None:
        return
    names = [one.name for one in record.fields.values() if one.sort and binding.mapping.sortable(one.name)]
    for name in map(to_camel_case, names):
        heading = wording.gettext(heading_of(name))
        yield name, f"{heading} ↑"
        yield f"-{name}", f"{heading} ↓"


def _sort(asked: str, sorts: Sequence[Option]) -> str:
    """The order that was asked for, if it can be made."""
    return asked if any(asked == name for name, _ in sorts) else ""


def _order(sort: str) -> list[dict[str, str]]:
    return [{sort.removeprefix("-"): "DESC" if sort.startswith("-") else "ASC"}] if sort else []


def _is_the_readers_fault(body: Mapping[str, Any]) -> bool:
    """Whether the question itself was refused, such as one for a value that there is not."""
    codes = {error.get("extensions", {}).get("code") for error in body.get("errors", ())}
    return not any((body.get("data") or {}).values()) and bool(codes & _CLIENTS_FAULTS)


def _address(http: HttpRequest, **more: str | None) -> str:
    """The address of this page with other parameters."""
    kept = {name: value for name, value in http.query_params.items() if value and name not in more}
    return f"{http.url.path}?{urlencode({**kept, **{name: value for name, value in more.items() if value}})}#found"


def _source(binding: Binding | None, language: Language) -> Mapping[str, str | None] | None:
    """Where the rows come from."""
    if binding is None:
        return None
    terms, fresh_for = binding.source.terms, binding.mapping.fresh_for
    return {
        "department": binding.department.name,
        "title": binding.source.title,
        "license": terms.license if terms is not None else None,
        "contact": terms.contact if terms is not None else None,
        "rhythm": terms.rhythm.label_in(language) if terms is not None else None,
        "fresh": span_in(language, fresh_for) if fresh_for is not None else None,
    }


def _is_number(column: ExportColumn) -> bool:
    return column.kind is ColumnKind.NUMBER


def _cell(column: ExportColumn, node: Mapping[str, Any], wording: Wording) -> Cell:
    value: Any = node
    for part in column.path:
        value = value.get(part) if value is not None else None
    if value is None:
        return Cell(NONE, _is_number(column))
    if column.is_list:
        return Cell(", ".join(map(str, value)))
    kind: str = column.type.name
    match kind:
        case "DateTime":
            return Cell(wording.time(datetime.fromisoformat(value)))
        case "Date":
            return Cell(wording.day(date.fromisoformat(value)))
        case "Decimal":
            return Cell(wording.money(Decimal(value)), is_number=True)
        case "Boolean":
            return Cell(wording.gettext("yes") if value else wording.gettext("no"))
        case "Int" | "Float":
            return Cell(wording.number(value), is_number=True)
        case _:
            text = str(value)
            return Cell(text if len(text) <= TEXT_CHARS_MAX else f"{text[:TEXT_CHARS_MAX]}…")
