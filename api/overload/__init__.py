"""Overload protection: an adaptive concurrency limit, a queue per class, and load shedding.

The composition root puts `shedding` in front of the routes; routes that run operations wait in `admission`.
"""
