"""The verbs of the graph: the few generic reads that every subject shares."""
