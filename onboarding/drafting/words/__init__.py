"""What names of tables and columns and the spellings of codes mean, in Indonesian and English.

Only drafting comes in; it knows no table.
"""
