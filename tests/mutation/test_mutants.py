"""What is broken on purpose: each way once, nothing that does not run, and a test that notices kills it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutation.__main__ import ROOT, TARGETS, Target, sampled
from tests.mutation.mutants import mutants_of

SOURCE = '''
"""A module."""
LIMIT = 5

def judge(number: int, known: list[int]) -> bool:
    """Whether it is good."""
    if number < 0 and not known:
        raise ValueError("bad")
    known.append(number + 1)
    return number in known
'''


def test_each_place_is_wrong_in_each_way() -> None:
    assert [(mutant.line, mutant.change) for mutant in mutants_of(SOURCE)] == [
        (7, "0  ->  1"),
        (7, "if number < 0 and (not known):  ->  if False:"),
        (7, "if number < 0 and (not known):  ->  if True:"),
        (7, "not known  ->  not not known"),
        (7, "number < 0  ->  number <= 0"),
        (7, "number < 0 and (not known)  ->  number < 0 or not known"),
        (8, "raise ValueError('bad')  ->  raise RuntimeError('another error')"),
        (9, "1  ->  2"),
        (9, "known.append(number + 1)  ->  None"),
        (9, "number + 1  ->  number - 1"),
        (10, "number in known  ->  number not in known"),
    ]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.path)
def test_every_mutant_of_a_guarded_module_is_a_module_and_another_one(target: Target) -> None:
    path = ROOT / target.path
    source = path.read_text(encoding="utf-8")
    whole, mutants = ast.unparse(ast.parse(source)), mutants_of(source)
    assert mutants
    for mutant in sampled(mutants, 6, seed=1):
        compile(mutant.source, str(path), "exec")
        assert mutant.source != whole


def test_the_tests_of_every_module_are_there() -> None:
    for target in TARGETS:
        files = {test.partition("::")[0] for test in target.tests if test.startswith("tests/")}
        assert files
        assert all(Path(ROOT / file).exists() for file in files)


def test_the_same_seed_chooses_the_same() -> None:
    mutants = mutants_of(SOURCE)
    assert sampled(mutants, 4, seed=3) == sampled(mutants, 4, seed=3)
    assert len(sampled(mutants, 4, seed=3)) == 4
    assert sampled(mutants, 99, seed=3) == mutants
