"""The route /graphql: a request in, one priced operation, its answer out.

Exports, views, streams and pages run operations through `operations`; nobody else comes in.
"""
