"""Value types and calculations with them: identifiers, money, durations, periods, measures. Pure.

Everybody uses it.
"""
