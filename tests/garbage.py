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
    # The collector looks at what comes from now on, and not again and again at all that a run of tests has loaded.
    gc.freeze()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield types
        gc.collect()
        types.update(type(one).__name__ for one in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()
