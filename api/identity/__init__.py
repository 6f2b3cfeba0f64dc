"""Authentication: reads API keys, access tokens of issuers and tokens of the dev profile into a Viewer.

Every route calls `viewers`; the commands issue and explain tokens.
"""
