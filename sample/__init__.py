"""The sample city: its truth, and legacy systems with dirty copies of it."""
