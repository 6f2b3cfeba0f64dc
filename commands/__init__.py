"""The operator's commands, one module per group; cli.py joins them."""
