"""Photos that are evidence: their bytes with the objects, what is known of them in the hub's own tables.

A photo is received, then attached in the transaction that accepts an action, or forgotten after a day.
"""
