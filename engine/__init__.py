"""Limits, plans and runs a GraphQL operation, breadth first; knows Strawberry and columns, and no city."""
