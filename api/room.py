"""Room: how many operations may run and wait at present, learned from those that waited. Pure: no clock runs here."""

from __future__ import annotations

from dataclasses import dataclass, field

RUNNING_MAX = 64
"""Operations at work at once. More would only share the same processor and the departments' few connections."""
RUNNING_MIN = 8
"""With fewer the processor could idle while a department is slow."""

WAITING_MAX = 64
"""Operations of a class that may wait for their turn. What comes on top could not be answered in time."""
WAITING_MIN = 4

LATE_S_MAX = 0.005
"""How long after its turn has come an operation may begin. Where it takes longer, what runs waits for the processor
and not for departments: fewer at once are done as soon, and who is refused is told sooner."""
WAIT_S_AIM = 0.1
"""As many may wait as are served in this time, so that none waits in vain."""
WEIGHT = 1 / 8
"""Of the last wait, against all those before."""


@dataclass(slots=True)
class Room:
    """How many run and wait at most, between the bounds. Where nobody waits there is nothing to learn."""

    running_max: int = RUNNING_MAX
    waiting_max: int = WAITING_MAX
    running: int = field(init=False)
    waiting: int = field(init=False)
    _apart_s: float | None = None

    def __post_init__(self) -> None:
        self.running, self.waiting = self.running_max, self.waiting_max

    def began(self, late_s: float) -> None:
        """An operation began its work so long after it was its turn."""
        if late_s > LATE_S_MAX:
            self.running = max(min(RUNNING_MIN, self.running_max), self.running - 1)
        else:
            self.running = min(self.running_max, self.running + 1)

    def waited(self, place: int, waited_s: float) -> None:
        """An ordinary operation had the `place` in its line, from 1, and waited so long: so far apart are turns."""
        apart_s = waited_s / place
        self._apart_s = apart_s if self._apart_s is None else self._apart_s + WEIGHT * (apart_s - self._apart_s)
        # Bounded before it is made whole: of the smallest of numbers there fit infinitely many.
        fitting = min(self.waiting_max, WAIT_S_AIM / self._apart_s) if self._apart_s > 0 else self.waiting_max
        self.waiting = max(min(WAITING_MIN, self.waiting_max), int(fitting))
