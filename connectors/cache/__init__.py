"""The cache of source answers: single flight, stale-while-revalidate and erasure, in Redis or memory.

The resolvers' source reader uses it.
"""
