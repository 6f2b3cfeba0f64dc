"""Counts, measures and groups of records in the graph, and rounded statistics of records that nobody may list.

Only the subjects at the root of schema/ use it.
"""
