"""Caches whole answers to anonymous public operations while they are fresh, and serves them in front of the routes.

The composition root and the warm views import it.
"""
