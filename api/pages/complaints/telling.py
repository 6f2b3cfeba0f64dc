"""What the pages of complaints share: one action of the graph as the form of a page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as HttpRequest

from api.pages.frame import language_on
from api.pages.my_data import messages_of
from api.pages.portal import Portal
from models.policy.viewer import Purpose, Role, Viewer

_MUTATION = """mutation Tell($input: {input}!, $key: String!) {{
  {name}(input: $input, key: $key) {{ receipt {{ id }} userErrors {{ field message }} }}
}}"""


@dataclass(frozen=True, slots=True)
class FormOutcome:
    """What became of a form: the receipt, or sentences by the input that they are about; "" for the whole."""

    receipt: str | None
    problems: Mapping[str, str]


def new_key() -> str:
    """The key of a form: sent twice, it happens once."""
    return str(uuid.uuid4())


async def tell(
    portal: Portal, http: HttpRequest, viewer: Viewer, name: str, given: Mapping[str, Any], key: str
) -> FormOutcome:
    """Ask for an action, for the purpose for which an officer works at a complaint."""
    mutation = _MUTATION.format(input=f"{name[0].upper()}{name[1:]}Input", name=name)
    purpose = Purpose.COMPLAINT_HANDLING if viewer.role is Role.OFFICER else None
    variables = {"input": dict(given), "key": key}
    answer = await portal.asking.ask(http, mutation, language_on(http), variables, viewer, purpose, is_own=True)
    told = (answer.get("data") or {}).get(name)
    if told is None:
        return FormOutcome(None, {"": " ".join(messages_of(answer))})
    problems = {problem["field"] or "": problem["message"] for problem in told["userErrors"]}
    return FormOutcome(told["receipt"]["id"] if told["receipt"] else None, problems)
