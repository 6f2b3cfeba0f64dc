"""The control room (liveroom): panels over live aggregates of all departments, for a wall or a desk.

The briefing shows the same panels.
"""
