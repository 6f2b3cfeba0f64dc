"""What a person may ask the city to do: the contract of each action, its effects, and its receipt.

Pure, as all of models/: resolvers/ checks and accepts, store/outbox/ keeps, connectors/writing/ delivers.
"""
