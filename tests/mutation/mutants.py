"""Mutants: a module's source with one small thing wrong in it, of every kind that people get wrong."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_CALLED: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module: where it is and what it does, and which node it is in which of the ways."""

    line: int
    change: str
    module: str
    number: int
    way: int

    @property
    def source(self) -> str:
        """The whole module with it."""
        tree = ast.parse(self.module)
        _change(_nodes(tree)[self.number], self.way)
        return ast.unparse(tree)


def mutants_of(source: str) -> list[Mutant]:
    """All of a module, in the order of their lines. Docstrings and annotations are nobody's behaviour."""
    tree = ast.parse(source)
    silent = {id(part) for node in ast.walk(tree) for part in _silent(node)}
    made = []
    for number, node in enumerate(_nodes(tree)):
        for way in range(0 if id(node) in silent else _ways(node)):
            changed = copy.deepcopy(node)
            _change(changed, way)
            before, after = (ast.unparse(one).splitlines()[0][:70] for one in (node, changed))
            made.append(Mutant(_line(node), f"{before}  ->  {after}", source, number, way))
    return sorted(made, key=lambda mutant: (mutant.line, mutant.change))


def _nodes(tree: ast.AST) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if hasattr(node, "lineno")]


def _line(node: ast.AST) -> int:
    line: int = getattr(node, "lineno", 0)
    return line


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """The parts below a node that do nothing when they run."""
    for name in ("annotation", "returns"):
        annotation = getattr(node, name, None)
        if isinstance(annotation, ast.AST):
            yield from ast.walk(annotation)
    for decorator in getattr(node, "decorator_list", ()):
        # Whether a class is frozen is a promise to its readers.
        yield from ast.walk(decorator)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield from ast.walk(node)
    if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
        # A bound that is somebody's choice; that it holds is tested by its name.
        yield from ast.walk(node.value)


def _ways(node: ast.AST) -> int:
    """In how many ways a node can be wrong."""
    if isinstance(node, ast.Compare):
        return int(type(node.ops[0]) in _COMPARED)
    if isinstance(node, ast.BinOp):
        return int(type(node.op) in _COMPUTED)
    if isinstance(node, ast.Call):
        return int(isinstance(node.func, ast.Name) and node.func.id in _CALLED)
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, bool | int))
    if isinstance(node, ast.If | ast.IfExp):
        return 2
    return int(isinstance(node, ast.BoolOp | ast.Raise) or _is_statement_call(node) or _is_not(node))


def _is_not(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _is_statement_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)


def _change(node: ast.AST, way: int) -> None:
    """Make it wrong."""
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARED[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp):
        node.op = _COMPUTED[type(node.op)]()
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        node.func.id = _CALLED[node.func.id]
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.Constant(bool(way))
    elif isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.UnaryOp):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Raise):
        node.exc, node.cause = ast.parse("RuntimeError('another error')", mode="eval").body, None
    elif isinstance(node, ast.Expr):
        node.value = ast.Constant(None)
