"""Bounds, plans and runs a GraphQL operation breadth first. It knows Strawberry and columns, and no city."""

from __future__ import annotations

from engine.execution import execute, lane_of

__all__ = ["execute", "lane_of"]
