"""All rows of all tables, by class: what is counted, and what is run."""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.attacks import outside, slow
from tests.attacks.attack import Attack, AttackClass
from tests.attacks.credentials import CREDENTIALS
from tests.attacks.documents import BODIES, FORMS
from tests.attacks.files import FILES
from tests.attacks.people import PEOPLE
from tests.attacks.sockets import SOCKETS
from tests.attacks.statements import STATEMENTS
from tests.attacks.wire import WIRE

ROWS: Final[list[Attack]] = [*FORMS, *BODIES, *WIRE, *CREDENTIALS, *PEOPLE, *FILES]
"""What is one request to the hubs of the scene."""


def counted() -> Counter[AttackClass]:
    """How many rows each class has, in all tables."""
    kinds = [row.kind for table in (ROWS, SOCKETS, STATEMENTS) for row in table]
    return Counter(kinds + [slow.KIND] * len(slow.SLOW) + [outside.KIND] * len(outside.OUTSIDE))
