"""Exports lists of the graph as CSV, NDJSON, GeoJSON and XLSX files, streamed in chunks of bounded memory.

The composition root imports it, and the views import `cells`.
"""
