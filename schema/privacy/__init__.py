"""Personal data in the graph: classes of fields, the trail, subject requests, consents, unlocking.

Only the root of schema/, the pages of people and the printed pages of the docs use it.
"""
