"""Sign-in on the pages: the code flow of an issuer, personas in the dev profile, session cookies.

The composition root and the portal import it.
"""
