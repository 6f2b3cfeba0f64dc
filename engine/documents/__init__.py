"""Bounds, parses and validates GraphQL documents, counts their introspection, and keeps them with their plans.

The lanes import it. Nothing here reads a source.
"""
