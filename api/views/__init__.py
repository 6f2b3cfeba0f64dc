"""Keeps the answers of registered documents warm, and serves them as JSON and CSV under /views.

The composition root and the commands import it.
"""
