"""The sample city: a clean truth, and the legacy systems that it is dirtied into."""
