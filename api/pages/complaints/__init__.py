"""The pages of complaints: report one, follow one, and an officer's desk. They tell the city by the graph's actions."""
