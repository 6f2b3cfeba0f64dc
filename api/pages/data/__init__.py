"""`/data`: every collection for people: filters, rows, a map, files, and the same question for programs.

The routes import it; it reads the graph as any page does, and what a file is from api/exports.
"""
