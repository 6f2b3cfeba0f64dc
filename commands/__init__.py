"""What the operator runs, a module for each group of commands; cli.py puts them together."""
