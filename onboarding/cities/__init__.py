"""A list of areas and a few facts -> the package of a new city, which starts and answers.

Only the commands come in; the files of a package are written from `templates/`.
"""
