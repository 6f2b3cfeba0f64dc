"""Databases as sources: a question -> one statement in the dialect -> rows as tuples.

City packages and the catalogue use it through the protocol; copies are read by it, too.
"""
