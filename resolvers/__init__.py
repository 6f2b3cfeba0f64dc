"""The generic reads of the graph that every subject shares."""
