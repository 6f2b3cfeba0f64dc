"""The licenses of the sample city: the truth, and the legacy system with its dirt.

Only sample/ and tests use it.
"""
