"""What is known of a source besides its rows: terms, findings, states, plan steps, simulated trouble. Pure.

Everybody uses it.
"""
