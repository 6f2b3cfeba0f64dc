"""What the hub says to people: English sentences in code, and their translations in the catalogues of locale/.

Errors, pages and sheets look words up here.
"""
