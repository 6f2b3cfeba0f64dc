"""Anchors of the ledger outside its database: signed lines with the heads of all chains, and copies of them.

The ledger appends and verifies them; the composition root says where they are stored.
"""
