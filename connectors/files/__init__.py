"""The kind `files`: CSV, XLSX, DBF and JSON from a folder, parsed in a process that can be killed, through a replica.

City packages use it. The parser's process imports nothing else of the hub, so that it starts quickly.
"""
