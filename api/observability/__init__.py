"""Health, doctor, logs, metrics and traces for operators: names, codes and counts, never a value.

The composition root, the commands and the routes import it.
"""
