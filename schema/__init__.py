"""The types and root fields of the graph: one file per subject, written and described by hand."""
