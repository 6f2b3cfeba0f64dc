"""Who may see what, for which purpose, and within which budget. Pure tables and functions.

Every layer uses it; it uses none.
"""
