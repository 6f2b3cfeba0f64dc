"""HTTP to sources and issuers: address checks, byte and time limits, redirects.

Feeds, rest and sign-in use it.
"""
