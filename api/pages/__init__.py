"""The HTML pages. Each queries the graph as the reader of the page.

A page is a module, or a folder of several; `routes` lists them all.
"""
