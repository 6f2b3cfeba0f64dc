"""What all subjects of the graph share: fields, lists, filters, orders, ids, cursors, scalars, both lanes.

Subjects, aggregates and privacy build on it; it depends on none of them.
"""
