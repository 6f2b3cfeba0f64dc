"""Reads and writes the tables that the hub owns; no legacy database is ever reached from here."""
