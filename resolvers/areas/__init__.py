"""The tree of areas, polygons, and what lies near a place.

Relations, filters and the composition root use it.
"""
