"""Failures: what stands in the place of a value that is an error, until the null propagation settles it."""

from __future__ import annotations


class Failure:
    """An error in the place of a value."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error
