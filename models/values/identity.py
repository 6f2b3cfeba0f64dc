"""Identity: by what a city knows its people. In Indonesia it is the resident number; elsewhere it may be an e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from models.values.types import Nik, PersonId


@dataclass(frozen=True, slots=True)
class Identity:
    """A scheme of identity: those who sign in and those whom a record is about are compared by its clean values.

    People are told its `name` and `form`: a NIK, 16 digits that hold a date of birth. A clean value matches `pattern`
    and is a `kind`, which may refuse more. `tidied` makes one of how people write it, and `spellings` are the ways in
    which sources write a clean value, the clean one first. `in_texts` finds one in what people write, where the masks
    of all cities (long numbers, e-mail addresses) would not cover it.
    """

    name: str
    form: str
    pattern: str
    kind: type[PersonId]
    tidied: Callable[[str], str]
    spellings: Callable[[str], tuple[str, ...]]
    in_texts: re.Pattern[str] | None = None

    def parse(self, text: str) -> PersonId:
        """The clean value. Raises ValueError, without the text, for what cannot be one."""
        clean = self.tidied(text.strip())
        try:
            if re.fullmatch(self.pattern, clean):
                return self.kind(clean)
        except ValueError:
            pass
        raise ValueError(f"This is no possible {self.name}: {self.form}.")


NIK_SHAPES = (
    "################",
    "##.##.##.######.####",
    "####-####-####-####",
    "#### #### #### ####",
    "######.######.####",
    "######-######-####",
)
"""How offices write a resident number; `#` is a digit."""


def _in_shapes(number: str) -> tuple[str, ...]:
    return tuple(shape.replace("#", "%s") % tuple(number) for shape in NIK_SHAPES)


def email_spellings(address: str) -> tuple[str, ...]:
    """The spelling variants: lower case, capitals, with the first capital of phones, and with their trailing blank.

    Few, since each is one index lookup; matching any mix of cases would scan the table.
    """
    return tuple(dict.fromkeys((address, address.upper(), address[0].upper() + address[1:], f"{address} ")))


NIK = Identity(
    name="NIK",
    form="16 digits that hold a date of birth",
    pattern="[0-9]{16}",
    kind=Nik,
    tidied=lambda text: text.translate(str.maketrans("", "", ".- ")),
    spellings=_in_shapes,
)
"""Indonesia's resident number (Permendagri 108/2019)."""

EMAIL = Identity(
    name="e-mail address",
    form="like ann@example.org",
    pattern=r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}",
    kind=PersonId,
    tidied=str.lower,
    spellings=email_spellings,
)
"""An e-mail address, where that is what the city's systems have in common."""
