"""Writing: how a record is written in one city's systems, and how surely an effect happens once.

resolvers/delivering.py comes in by `Writer`; a city's package declares its `Writing`s beside its mappings.
"""
