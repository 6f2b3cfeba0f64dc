"""The words of the graph: types and root fields, one file per subject, hand-written and described."""
