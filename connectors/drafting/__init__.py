"""Drafting: reads a database that nobody has mapped yet, and writes the mapping file that an operator begins with."""
