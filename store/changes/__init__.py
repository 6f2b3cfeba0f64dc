"""The change log: which rows changed, noted in the transaction in which the hub knows of it, and kept for a while.

- `log.py` writes and reads it; `cursors.py` writes its cursors for the outside;
- `following.py` follows it in each process.

Whoever changes or notices rows appends; subscriptions, webhooks and feeds of changes read.
"""
