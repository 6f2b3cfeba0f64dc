"""Days, moments, times of day and durations as legacy systems write them.

Used through connectors.decoders.
"""
