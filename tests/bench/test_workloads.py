"""The workloads of the benchmark are valid operations of today's graph, and no two requests are the same."""

from __future__ import annotations

import graphql
import orjson
import pytest

from bench import in_process
from bench.workloads import IN_MEMORY, WORKLOADS, Workload
from schema.build import SCHEMA

CONSTANT = {"W0", "W0b"}
"""Tiny questions have nothing in them that could be another; their tokens are."""


def schema_of(workload: Workload) -> graphql.GraphQLSchema:
    return SCHEMA._schema if "hub" in workload.kinds else in_process.SCHEMA


@pytest.mark.parametrize("workload", [*WORKLOADS, *IN_MEMORY], ids=lambda workload: workload.name)
def test_a_workload_is_a_valid_operation_of_the_graph(workload: Workload) -> None:
    asked = orjson.loads(workload.body(7, "hub"))
    document = graphql.parse(asked["query"])
    assert graphql.validate(schema_of(workload), document) == []
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    values = graphql.get_variable_values(schema_of(workload), operation.variable_definitions or (), asked["variables"])
    assert not isinstance(values, list), values


@pytest.mark.parametrize("workload", [*WORKLOADS, *IN_MEMORY], ids=lambda workload: workload.name)
def test_no_two_requests_are_the_same(workload: Workload) -> None:
    different = len({workload.body(number, "hub") for number in range(50)})
    assert different == (1 if workload.name in CONSTANT else 50)
