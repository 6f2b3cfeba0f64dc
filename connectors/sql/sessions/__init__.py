"""Thin sessions on each driver: run one statement with the server's time limit, and stop it on cancellation.

Only connectors/sql, and the loader of copies, come in.
"""
