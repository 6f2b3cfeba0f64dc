"""The control room: a wall of panels over the whole city, each one question to the graph."""
