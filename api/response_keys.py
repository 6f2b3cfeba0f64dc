"""Response keys: which anonymous requests have the same answer, and which documents may be named instead of sent.

Keys are digests under a secret of this process: what a client has put into a variable cannot be read back from one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from graphql import OperationDefinitionNode, value_from_ast_untyped

from models.localized import Language

KEY_BYTES = 16
DOCUMENTS_MAX = 1_000
DOCUMENTS_CHARS_MAX = 4_000_000
_SHA256 = "sha256:"

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

    def of_operation(
        self,
        text: str,
        name: str | None,
        operation: OperationDefinitionNode,
        given: Mapping[str, Any] | None,
        language: Language,
    ) -> Key:
        """The key of what is asked: the same for variables in another order, left at their default, or not declared."""
        digest = self._start.copy()
        digest.update(hashlib.sha256(text.encode()).digest())
        digest.update(json.dumps([name, language.value, _values(operation, given or {})], sort_keys=True).encode())
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


class KnownDocuments:
    """Documents by the identifier that GraphQL over HTTP gives them, the least recently used dropped first.

    Only those that asked for nothing but public data are remembered, so that a name tells nobody anything.
    """

    def __init__(self, documents_max: int = DOCUMENTS_MAX, chars_max: int = DOCUMENTS_CHARS_MAX) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._chars = 0
        self._documents_max = documents_max
        self._chars_max = chars_max

    def remember(self, text: str) -> None:
        identifier = identifier_of(text)
        if identifier in self._texts:
            self._texts.move_to_end(identifier)
            return
        self._texts[identifier] = text
        self._chars += len(text)
        while len(self._texts) > self._documents_max or self._chars > self._chars_max:
            _, dropped = self._texts.popitem(last=False)
            self._chars -= len(dropped)

    def find(self, identifier: str) -> str | None:
        text = self._texts.get(identifier)
        if text is not None:
            self._texts.move_to_end(identifier)
        return text


def identifier_of(text: str) -> str:
    """The "SHA256 hex document identifier" of GraphQL over HTTP, appendix on persisted documents."""
    return _SHA256 + hashlib.sha256(text.encode()).hexdigest()
