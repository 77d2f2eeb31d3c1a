PYTHON ?= python

.PHONY: test mutants

test:
	$(PYTHON) -m pytest

# Plants one fault at a time in a copy of lstm_core; the tests have to notice each (about three minutes on two cores).
mutants:
	$(PYTHON) tools/mutants.py
