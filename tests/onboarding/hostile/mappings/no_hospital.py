"""SIM Gudang: the finished mapping of the schema `no_hospital`."""

from __future__ import annotations

from connectors.sources import Source, Subject

SOURCE = Source(name="no_hospital", department="dinkes", title="SIM Gudang")


SUBJECT = Subject(SOURCE, ())
