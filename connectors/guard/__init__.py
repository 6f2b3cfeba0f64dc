"""The only way to a source: its deadline, breaker, pace and connections.

The cache and the copies of sources ask through it; the composition root makes one per process.
"""
