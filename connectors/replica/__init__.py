"""Local copies of sources, indexed and replaced atomically, their loading, and the search index.

Kinds of source that cannot answer questions themselves (files, feeds, rest) are read through it.
"""
