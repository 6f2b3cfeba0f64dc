"""Actions in the graph: `mutations.py` has one line for each; `fields.py` makes its input, payload and receipt.

`feedback.py` and `similar.py` are what complaints show of what residents said. schema/ comes in, nobody else.
"""
