"""Streams operations over server-sent events and WebSockets, with bounds on connections and on what waits.

The composition root and the route /graphql import it.
"""
