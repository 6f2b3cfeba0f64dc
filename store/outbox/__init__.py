"""The outbox: what the hub has acknowledged and not yet delivered, in its own database.

The transactions are functions of a connection, so that a simulation can run the same ones on a clock of its own.
"""
