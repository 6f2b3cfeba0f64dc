"""An unknown database -> the draft of a mapping, with a confidence for each column.

Only the commands and onboarding itself come in.
"""
