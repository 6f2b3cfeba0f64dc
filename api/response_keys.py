"""Response keys: which anonymous requests have the same answer.

Keys are digests under a secret of this process: what a client has put into a variable cannot be read back from one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from graphql import OperationDefinitionNode, value_from_ast_untyped

from api.incoming import Incoming
from models.localized import Language

KEY_BYTES = 16

Key = bytes


class Keys:
    """Makes keys that mean something in this process only. `schema` is the text of the schema that answers."""

    def __init__(self, schema: str) -> None:
        version = hashlib.sha256(schema.encode()).digest()
        self._start = hashlib.blake2b(version, digest_size=KEY_BYTES, key=secrets.token_bytes(32))

    def of_request(self, parts: list[bytes]) -> Key:
        """The key of a request as it came, before anything of it is understood. No part may hold a zero byte."""
        digest = self._start.copy()
        digest.update(b"\0".join(parts))
        return digest.digest()

    def of_operation(self, incoming: Incoming, operation: OperationDefinitionNode, language: Language) -> Key:
        """The key of what is asked: the same for variables in another order, left at their default, or not declared.

        A trusted document may have an answer where the same text, sent by anybody, is refused.
        """
        digest = self._start.copy()
        digest.update(hashlib.sha256(incoming.query.encode()).digest())
        values = _values(operation, incoming.variables or {})
        said = [incoming.operation_name, language.value, incoming.is_trusted, values]
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
