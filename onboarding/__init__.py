"""Tools to connect a department: drafts, inspection, survey, query plans and the sheet that its owner signs.

Only the commands, and the composition root for plans, come in; it knows connectors and models.
"""
