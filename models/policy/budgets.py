"""Budgets: how much clients of each kind may ask for, in units of cost: one per row, ten per statement.

A budget is a token bucket. It holds `units_max`, every operation takes its maximum cost, and `units_per_second` refill
it. So a client may burst after a pause, and gets no more than the refill in the long run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.policy.viewer import Role

UNITS_MIN = 1
"""The cost of an operation that reads nothing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The token bucket of each client of a kind. One operation may cost at most `operation_units_max`."""

    name: str
    units_max: int
    units_per_second: float
    operation_units_max: int

    def __post_init__(self) -> None:
        if not (self.units_per_second > 0 and UNITS_MIN <= self.operation_units_max <= self.units_max):
            raise ValueError(f"{self.name}: what one operation may cost has to fit into a bucket that fills again")

    def scaled(self, by: float) -> Budget:
        """The budget multiplied by a factor."""
        return replace(
            self,
            units_max=max(UNITS_MIN, round(self.units_max * by)),
            units_per_second=self.units_per_second * by,
            operation_units_max=max(UNITS_MIN, round(self.operation_units_max * by)),
        )


AD_HOC = Budget("anonymous", 20_000, 100, 5_000)
"""The budget of a network address without a credential, for documents that are not registered."""

TRUSTED = Budget("documents", 100_000, 1_000, 50_000)
"""The budget of the same address for registered documents: many users of an app may share it."""

SIGNED_IN = Budget("signed in", 100_000, 1_000, 50_000)
"""The budget of a person or client with a credential, unless the role has its own."""

OF_ROLES: dict[Role, Budget] = {
    Role.DEVELOPER: Budget("developer", 200_000, 1_000, 50_000),
    Role.OFFICER: Budget("officer", 200_000, 2_000, 110_000),
    Role.ANALYST: Budget("analyst", 400_000, 4_000, 110_000),
}
"""The budget of roles that read for many people."""

KEYS = Budget("keys", 30, 30 / 3600, 1)
"""The budget of API keys per network address, one unit per key: a hackathon shares one address."""


def budget_of(role: Role, *, trusted: bool) -> Budget:
    """The budget that an operation is charged to; `trusted`: its document is registered by the city."""
    if role is Role.ANONYMOUS:
        return TRUSTED if trusted else AD_HOC
    return OF_ROLES.get(role, SIGNED_IN)
