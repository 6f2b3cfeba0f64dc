"""Groups, figures and statistics of records, computed from a source's own groups.

Only schema/aggregates uses it.
"""
