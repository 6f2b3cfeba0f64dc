"""Personnel: the finished mapping of the schema `staff_only`."""

from __future__ import annotations

from connectors.sources import Source, Subject

SOURCE = Source(name="staff_only", department="disnaker", title="Personnel")


SUBJECT = Subject(SOURCE, ())
