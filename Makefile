# Aliases for dev.py, which does the work on every system.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help run test check conformance format bench fuzz soak kill attack lock release

# Further arguments: make test ARGS="tests/store -k ledger"
help run test check conformance format bench fuzz soak kill attack lock release:
	@$(PYTHON) dev.py $@ $(ARGS)
