"""Subject requests and consents: what people ask about their own data, the answers, and each step in the ledger.

The graph's privacy types and the commands use it.
"""
