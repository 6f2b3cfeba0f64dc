"""Measurements that the docs quote. They are run by hand, on a city that is already there."""
