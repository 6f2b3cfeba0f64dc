"""Exports: the graph's lists as files, whole and in one piece: CSV, NDJSON, GeoJSON and XLSX."""
