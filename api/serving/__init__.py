"""The HTTP server and its processes: connection limits, CORS, security headers, workers.

The commands start it; routes use `cors`, `bodies` and `frozen_head`.
"""
