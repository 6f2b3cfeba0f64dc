"""The sample city while it lives: residents and departments at work in the legacy systems, from outside.

Its parts: `deeds.py` what is done, `office.py` when, `book.py` what is true, `systems.py` where it is written,
`journal.py` what is remembered for the next start, `plan.py` the order of things, `simulator.py` all of them together.
What a department does lies beside what its system holds: `sample/<subject>/live.py`. It knows nothing of a hub.
"""
