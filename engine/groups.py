"""Groups the objects of a column by type, and by table where they are views of rows."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLResolveInfo, Undefined
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor, invalid_return_type_error

from engine.awaiting import awaited, has_awaitable
from engine.facts import RowView, Table
from engine.level import AnswerPaths, Level, is_waited
from engine.selections import Composite, FieldPlan, SelectionPlan

if TYPE_CHECKING:
    from engine.run import Run


class Group:
    """Objects of one type. `positions[i]` of the column holds member `indexes[i]`."""

    def __init__(self, selection: SelectionPlan, table: Table | None) -> None:
        self.selection = selection
        self.table = table
        self.members: list[Any] = []
        self.positions: list[int] = []
        self.indexes: list[int] = []
        self._known: dict[int, int] = {}
        self._first: list[int] = []

    def add(self, position: int, value: Any) -> None:
        """Add an object. One that is here already is completed once, unless resolvers are called for it."""
        is_row = self.table is not None
        identity = value.row if is_row else id(value)
        index = self._known.get(identity) if is_row or self.selection.is_pure else None
        if index is None:
            index = self._known[identity] = len(self.members)
            self.members.append(identity if is_row else value)
            self._first.append(position)
        self.positions.append(position)
        self.indexes.append(index)

    def level(self, paths: AnswerPaths) -> Level:
        where = paths.at(self._first)
        return (
            Level(None, (), self.members, where) if self.table is None else Level(self.table, self.members, (), where)
        )


def is_alike(kind: Composite, types: Iterable[type]) -> bool:
    """Whether all values are surely of the one object type of the field, so that no type has to be resolved."""
    if not isinstance(kind.type, GraphQLObjectType) or kind.type.is_type_of is not None:
        return False
    return not any(issubclass(one, _APART) for one in types)


_APART = (type(Undefined), Exception, RowView)

Grouped: TypeAlias = tuple[list[Group], dict[int, Exception]]
"""The groups, and the errors of objects without a type, by position."""

Selections: TypeAlias = list[SelectionPlan | Exception]


def groups_of(
    run: Run, kind: Composite, plan: FieldPlan, values: Sequence[Any], paths: AnswerPaths
) -> Grouped | Coroutine[Any, Any, Grouped]:
    """The groups of these objects; a coroutine where resolving their types awaits something."""
    positions = [
        number
        for number, value in enumerate(values)
        if value is not None and value is not Undefined and not isinstance(value, Exception)
    ]
    objects = [values[position] for position in positions]
    selections = typed(run, kind, plan, objects, paths.at(positions))
    if is_waited(selections):
        return _grouped_later(positions, objects, selections)
    return _grouped(positions, objects, selections)


async def _grouped_later(
    positions: list[int], objects: list[Any], selections: Coroutine[Any, Any, Selections]
) -> Grouped:
    return _grouped(positions, objects, await selections)


def _grouped(positions: list[int], objects: list[Any], selections: Selections) -> Grouped:
    groups: dict[tuple[int, int], Group] = {}
    errors: dict[int, Exception] = {}
    for position, value, selection in zip(positions, objects, selections, strict=True):
        if isinstance(selection, Exception):
            errors[position] = selection
            continue
        table = value.table if isinstance(value, RowView) else None
        group = groups.get((id(selection), id(table)))
        if group is None:
            group = groups[id(selection), id(table)] = Group(selection, table)
        group.add(position, value)
    return list(groups.values()), errors


def typed(
    run: Run, kind: Composite, plan: FieldPlan, objects: list[Any], paths: AnswerPaths
) -> Selections | Coroutine[Any, Any, Selections]:
    """The selection of each object by its type, or the error of an object of a wrong type."""
    if not objects:
        return []
    if isinstance(kind.type, GraphQLObjectType):
        selection = kind.selections[kind.type.name]
        if kind.type.is_type_of is None:
            return [selection] * len(objects)
        return _verified(run, plan, objects, [kind.type] * len(objects), kind, paths)
    resolve = kind.type.resolve_type or run.type_resolver
    info = run.info(plan, paths.field_path())
    names = [_caught(resolve, value, info, kind.type) for value in objects]
    if has_awaitable(names):
        return _typed_later(run, kind, plan, objects, names, paths)
    return _typed(run, kind, plan, objects, names, paths)


async def _typed_later(
    run: Run, kind: Composite, plan: FieldPlan, objects: list[Any], names: list[Any], paths: AnswerPaths
) -> Selections:
    selections = _typed(run, kind, plan, objects, await awaited(names), paths)
    return await selections if is_waited(selections) else selections


def _typed(
    run: Run, kind: Composite, plan: FieldPlan, objects: list[Any], names: list[Any], paths: AnswerPaths
) -> Selections | Coroutine[Any, Any, Selections]:
    info = run.info(plan, paths.field_path())
    types = [_valid_type(run, kind, plan, value, name, info) for value, name in zip(objects, names, strict=True)]
    return _verified(run, plan, objects, types, kind, paths)


def _valid_type(
    run: Run, kind: Composite, plan: FieldPlan, value: Any, name: Any, info: GraphQLResolveInfo[Any]
) -> GraphQLObjectType | Exception:
    """The type of this name, if the field allows it; otherwise graphql-core's own error."""
    if isinstance(name, str) and name in kind.selections:
        return kind.selections[name].type
    if isinstance(name, Exception):
        return name
    details = [FieldDetails(node, None) for node in plan.nodes]
    abstract = cast(GraphQLAbstractType, kind.type)
    try:
        # It reads only the schema of its executor.
        return Executor.ensure_valid_runtime_type(cast("Executor[Any]", run), name, abstract, details, info, value)
    except Exception as error:  # noqa: BLE001  # it becomes the error of this object
        return error


def _verified(
    run: Run,
    plan: FieldPlan,
    objects: list[Any],
    types: list[GraphQLObjectType | Exception],
    kind: Composite,
    paths: AnswerPaths,
) -> Selections | Coroutine[Any, Any, Selections]:
    """Call `is_type_of` for each object whose type has it, once for all rows of a table."""
    info = run.info(plan, paths.field_path())
    asked: dict[tuple[str, int], Any] = {}
    answers: list[Any] = []
    for value, object_type in zip(objects, types, strict=True):
        if isinstance(object_type, Exception) or object_type.is_type_of is None:
            answers.append(True)
            continue
        key = (object_type.name, id(value.table)) if isinstance(value, RowView) else None
        if key is not None and key in asked:
            answers.append(asked[key])
            continue
        answer = _caught(object_type.is_type_of, value, info)
        answers.append(answer)
        if key is not None and isinstance(answer, bool):
            asked[key] = answer
    if has_awaitable(answers):
        return _verified_later(plan, objects, types, kind, answers)
    return _selections(plan, objects, types, kind, answers)


async def _verified_later(
    plan: FieldPlan, objects: list[Any], types: list[Any], kind: Composite, answers: list[Any]
) -> Selections:
    return _selections(plan, objects, types, kind, await awaited(answers))


def _selections(
    plan: FieldPlan, objects: list[Any], types: list[Any], kind: Composite, answers: list[Any]
) -> Selections:
    details = [FieldDetails(node, None) for node in plan.nodes]
    selections: Selections = []
    for value, object_type, answer in zip(objects, types, answers, strict=True):
        if isinstance(object_type, Exception):
            selections.append(object_type)
        elif isinstance(answer, Exception):
            selections.append(answer)
        elif answer:
            selections.append(kind.selections[object_type.name])
        else:
            selections.append(invalid_return_type_error(object_type, value, details))
    return selections


def _caught(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001  # it becomes the error of this object
        return error
