"""The append-only, tamper-evident record of who read which personal fields, for what purpose.

Operations write through `recording`; commands verify and export; trails and subject requests read.
"""
