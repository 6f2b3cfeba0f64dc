"""The question of a page as programs ask it: its GraphQL, curl, the files, and the explorer."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from graphql import parse, print_ast

from api.exports.collections import Collection, ExportColumn
from api.exports.dictionary import forms_of
from api.exports.groupings import GROUPINGS, PERIOD
from api.exports.request import GEOJSON
from models.values.localized import Language

PROVENANCE: Final = "provenance { asOf freshness }"


def forms_for_all(collection: Collection) -> list[str]:
    """The forms that everybody may take: no map of positions that are personal."""
    return [form for form in forms_of(collection) if form != GEOJSON or collection.located_for_all is not None]


@dataclass(frozen=True, slots=True)
class Question:
    """A page of a collection as an operation of the graph."""

    text: str
    variables: Mapping[str, Any]

    @property
    def told_variables(self) -> str:
        return orjson.dumps(self.variables, option=orjson.OPT_INDENT_2).decode() if self.variables else ""

    @property
    def told(self) -> str:
        """The text, with its variables as a comment below it, so that both can be copied at once."""
        return "\n\n# ".join(filter(None, (self.text, self.told_variables.replace("\n", "\n# "))))


@dataclass(frozen=True, slots=True)
class Program:
    """A command that asks the same, and what it is called."""

    name: str
    text: str


def question_of(
    collection: Collection, columns: Sequence[ExportColumn], rows: int, given: Mapping[str, Any]
) -> Question:
    """The question of a page: these columns of so many rows, with the arguments that are given."""
    types = {**collection.arguments, "after": "String"}
    asked = {name: value for name, value in given.items() if value}
    declared = ", ".join(f"${name}: {types[name]}" for name in asked)
    arguments = ", ".join([f"first: {rows}", *(f"{name}: ${name}" for name in asked)])
    tree: dict[str, Any] = {}
    for column in columns:
        below = tree
        for part in column.path:
            below = below.setdefault(part, {})
    if collection.located_for_all is not None:
        tree[collection.located_for_all] = {"latitude": {}, "longitude": {}}
    nodes = f"nodes {{ {' '.join(_selected(tree))} {PROVENANCE} }}"
    title = f"{collection.name[0].upper()}{collection.name[1:]}"
    opened = f"query {title}({declared})" if declared else f"query {title}"
    page = f"totalCount {nodes} pageInfo {{ hasNextPage endCursor }}"
    return Question(print_ast(parse(f"{opened} {{ {collection.name}({arguments}) {{ {page} }} }}")), asked)


def _selected(tree: Mapping[str, Any]) -> Iterator[str]:
    for name, below in tree.items():
        yield f"{name} {{ {' '.join(_selected(below))} }}" if below else name


@dataclass(frozen=True, slots=True)
class Programs:
    """Everything that takes the rows of a page away: `where` and `sort` are its filter and its order."""

    collection: Collection
    where: Mapping[str, Any]
    sort: str
    language: Language
    address: str

    def file(self, form: str) -> str:
        """The address of a file, with the filter, the order and the language of the page."""
        return self._file(self.collection.name, form, {"sort": self.sort})

    def files(self) -> list[tuple[str, str]]:
        """Every form with its address."""
        return [(form, self.file(form)) for form in forms_for_all(self.collection)]

    def counted(self) -> list[tuple[str, str]]:
        """Each dimension by which the rows can be counted, with the address of the file."""
        of = next((one for one in GROUPINGS.values() if one.record is self.collection.record), None)
        names = [name for name in of.dimensions if name != PERIOD] if of is not None else []
        return [(name, self._file(of.name, "csv", {"by": name})) for name in names] if of is not None else []

    def commands(self, question: Question) -> list[Program]:
        """The file by curl, the question by curl, and the question alone with its variables."""
        body = orjson.dumps({"query": " ".join(question.text.split()), "variables": question.variables}).decode()
        ask = f"curl {self.address}/graphql -H 'content-type: application/json' -d {shlex.quote(body)}"
        take = f"curl -OJ {shlex.quote(self.address + self.file('csv'))}"
        return [Program("curl, CSV", take), Program("curl, GraphQL", ask), Program("GraphQL", question.told)]

    def explorer(self, question: Question) -> str:
        """The address that opens the question in the explorer."""
        return "/explorer#" + urlencode({"query": question.text, "variables": question.told_variables})

    def _file(self, name: str, form: str, more: Mapping[str, str]) -> str:
        where = orjson.dumps(self.where).decode() if self.where else ""
        given = {"filter": where, **more, "lang": self.language.value}
        return f"/export/{name}.{form}?{urlencode({key: text for key, text in given.items() if text})}"
