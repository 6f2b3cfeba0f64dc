"""The hub's own database: engine, transactions, migrations, backup.

Everything in store/ uses it; above store/, only commands and health checks do.
"""
