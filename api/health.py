"""Health: whether the process lives, and whether it and its sources are ready."""

from __future__ import annotations

from typing import Any

from connectors.catalog import Catalog
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import require_head


async def readiness(catalog: Catalog, database: HubDatabase) -> tuple[bool, dict[str, Any]]:
    """Whether requests can be answered, and the state of the hub's database and of each record's source.

    A source that lacks columns makes the hub degraded, not unready: everything else still answers.
    """
    try:
        await require_head(database)
        stored = "ok"
    except StoreError as error:
        stored = str(error)
    except OSError:
        stored = "The hub's database cannot be reached."
    records = {
        binding.mapping.record.name: {
            "source": binding.source.name,
            "state": "unreadable" if binding.unreadable else "degraded" if binding.missing else "ok",
            "missing": sorted(binding.missing),
        }
        for binding in catalog
    }
    ready = stored == "ok"
    degraded = any(record["state"] != "ok" for record in records.values())
    state = "degraded" if ready and degraded else "ready" if ready else "not ready"
    return ready, {"state": state, "database": stored, "records": records}
