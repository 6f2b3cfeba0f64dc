"""Garbage: what only Python's collector frees. While it looks, everybody waits for it."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left() -> Iterator[Counter[str]]:
    """Filled at the end: what the work inside left to the collector, which is kept from looking meanwhile, by type."""
    types: Counter[str] = Counter()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield types
        gc.collect()
        types.update(type(one).__name__ for one in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
