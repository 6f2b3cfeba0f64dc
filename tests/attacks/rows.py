"""All rows of all tables, by class: what is counted, and what is run."""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.attacks import ledger, masks, outside, slow, slow_questions
from tests.attacks.attack import Attack, AttackClass
from tests.attacks.credentials import CREDENTIALS
from tests.attacks.documents import BODIES, FORMS
from tests.attacks.exact_places import EXACT_PLACES
from tests.attacks.files import FILES
from tests.attacks.heads import HEADS
from tests.attacks.links import LINKED
from tests.attacks.people import PEOPLE
from tests.attacks.sockets import SOCKETS
from tests.attacks.statements import STATEMENTS
from tests.attacks.wire import WIRE
from tests.faults.slow_questions import SHAPES

ROWS: Final[list[Attack]] = [*FORMS, *BODIES, *WIRE, *CREDENTIALS, *PEOPLE, *FILES, *LINKED, *EXACT_PLACES]
"""What is one request to the hubs of the scene."""


def counted() -> Counter[AttackClass]:
    """How many rows each class has, in all tables."""
    kinds = [row.kind for table in (ROWS, SOCKETS, STATEMENTS, HEADS) for row in table]
    others = [slow.KIND] * len(slow.SLOW) + [outside.KIND] * len(outside.OUTSIDE) + [ledger.KIND] * ledger.CASES
    others += [masks.KIND] * len(masks.SPELLED)
    return Counter(kinds + others + [slow_questions.KIND] * len(SHAPES))
