"""Makes the cache keys of anonymous requests.

A key is a digest under a secret of this process, so values of variables cannot be read back from it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from graphql import OperationDefinitionNode, value_from_ast_untyped

from api.graphql.incoming import Incoming
from models.policy.viewer import Role
from models.values.localized import Language

KEY_BYTES = 16

Key = bytes


class Keys:
    """Makes keys that are valid in this process, for one schema as SDL."""

    def __init__(self, schema: str) -> None:
        version = hashlib.sha256(schema.encode()).digest()
        self._start = hashlib.blake2b(version, digest_size=KEY_BYTES, key=secrets.token_bytes(32))

    def of_request(self, parts: list[bytes]) -> Key:
        """The key of a raw request, before it is parsed. No part may hold a zero byte."""
        digest = self._start.copy()
        digest.update(b"\0".join(parts))
        return digest.digest()

    def of_operation(
        self, incoming: Incoming, operation: OperationDefinitionNode, language: Language, role: Role
    ) -> Key:
        """The key of an operation. The order of variables, explicit defaults and undeclared ones make no difference.

        A trusted document has keys of its own, since the same text may be refused from clients.
        """
        digest = self._start.copy()
        digest.update(hashlib.sha256(incoming.query.encode()).digest())
        values = _values(operation, incoming.variables or {})
        said = [incoming.operation_name, language.value, role.value, incoming.is_trusted, values]
        digest.update(json.dumps(said, sort_keys=True).encode())
        return digest.digest()


def _values(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in given:
            values[name] = given[name]
        elif definition.default_value is not None:
            values[name] = value_from_ast_untyped(definition.default_value)
    return values
