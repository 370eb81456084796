# The two commands: `make demo` and `make test`. Each does all the set-up it needs, once.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test test-slow mutants lint types check bench bench-full docs screens clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/.runtime  ## open Errata on the sample sessions
	@$(BIN)/errata demo

test: $(VENV)/.dev  ## the tests
	$(BIN)/pytest -n auto

test-slow: $(VENV)/.dev  ## the tests that take long: more examples, more kills
	HYPOTHESIS_PROFILE=slow $(BIN)/pytest -n auto -m slow --timeout 1800

mutants: $(VENV)/.dev  ## faults put into the sync on purpose: do the tests notice? An hour
	$(BIN)/python -m tests.store.sync.mutants

lint: $(VENV)/.dev  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## static types, strict
	$(BIN)/mypy

check: lint types test  ## all that a change has to pass

$(VENV)/.runtime: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh $(VENV)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh $(VENV) dev
	@touch $@ $(VENV)/.runtime

bench: $(VENV)/.bench  ## speed, bytes and memory beside others: some minutes
	$(BIN)/python -m bench

bench-full: $(VENV)/.bench  ## the same at full size: 2 GB, 5,000,000 steps; the first time takes an hour
	$(BIN)/python -m bench --full

$(VENV)/.bench: $(VENV)/.dev
	@PYTHON="$(PYTHON)" sh scripts/setup.sh $(VENV) dev,bench
	@touch $@

docs: $(VENV)/.dev  ## write docs/keys.md, docs/formats.md and the README's pictures anew
	$(BIN)/python scripts/docs.py

screens: $(VENV)/.dev  ## write the text snapshots of the screens anew
	ERRATA_UPDATE_SCREENS=1 $(BIN)/pytest -n auto tests/tui/test_screens.py
	$(BIN)/pytest tests/tui/test_pictures.py --snapshot-update

clean:  ## remove what set-up and tests made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build *.egg-info snapshot_report.html
