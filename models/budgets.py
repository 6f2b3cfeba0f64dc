"""Budgets: how much clients of each kind may ask for, in units of cost: a unit is a row, a question to a source is ten.

A budget is a bucket. It holds `units_max`, every operation takes out what it may cost at most, and `units_per_second`
flow in again. So whoever was away may ask for a lot at once, and nobody gets more than the inflow for long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.viewer import Role

UNITS_MIN = 1
"""What an operation costs that reads nothing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The bucket of each client of a kind. One operation may cost `operation_units_max` at most, however full it is."""

    name: str
    units_max: int
    units_per_second: float
    operation_units_max: int

    def __post_init__(self) -> None:
        if not (self.units_per_second > 0 and UNITS_MIN <= self.operation_units_max <= self.units_max):
            raise ValueError(f"{self.name}: what one operation may cost has to fit into a bucket that fills again")

    def scaled(self, by: float) -> Budget:
        """A budget that much larger, or smaller."""
        return replace(
            self,
            units_max=max(UNITS_MIN, round(self.units_max * by)),
            units_per_second=self.units_per_second * by,
            operation_units_max=max(UNITS_MIN, round(self.operation_units_max * by)),
        )


AD_HOC = Budget("anonymous", 20_000, 100, 5_000)
"""Of a network address without a credential, for operations that it thought of itself."""

TRUSTED = Budget("documents", 100_000, 1_000, 50_000)
"""Of the same address, for documents that the city has registered: an app's screens, behind which many may share it."""

SIGNED_IN = Budget("signed in", 100_000, 1_000, 50_000)
"""Of a person or a client with a credential, unless their role has a line of its own."""

OF_ROLES: dict[Role, Budget] = {
    Role.DEVELOPER: Budget("developer", 200_000, 1_000, 50_000),
    Role.OFFICER: Budget("officer", 200_000, 2_000, 110_000),
    Role.ANALYST: Budget("analyst", 400_000, 4_000, 110_000),
}
"""Of those who read for many."""

KEYS = Budget("keys", 30, 30 / 3600, 1)
"""Of a network address that asks for API keys: a key is a unit. A room of people at a hackathon shares one address."""


def budget_of(role: Role, *, trusted: bool) -> Budget:
    """The budget that an operation is charged to; `trusted` is a document that the city has registered."""
    if role is Role.ANONYMOUS:
        return TRUSTED if trusted else AD_HOC
    return OF_ROLES.get(role, SIGNED_IN)
