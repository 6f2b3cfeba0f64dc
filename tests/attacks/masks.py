"""Attacks on masks: numbers, addresses and plates of people in texts, in every spelling of the masks' corpus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models.policy.masks import masked_text
from tests.attacks.attack import AttackClass
from tests.attacks.campaign import Outcome
from tests.models.test_mask_spellings import lines, parted

KIND: Final = AttackClass.SPELLINGS
SPELLED: Final = lines("covered.txt")


def outcomes() -> Iterator[Outcome]:
    """Write each of them, and look whether a letter or a digit of what names somebody is left."""
    for number, line in enumerate(SPELLED):
        before, secret, after = parted(line)
        shown = masked_text(f"{before}{secret}{after}").removeprefix(before).removesuffix(after)
        won = "something of it can be read" if any(map(str.isalnum, shown)) else None
        yield Outcome(KIND, f"{KIND.value}: {number}", won, 0.0)
