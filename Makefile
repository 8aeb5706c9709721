# Every target does its own set-up; a second run of it costs nothing.
# Needs Python 3.11 or later, make and git; everything else goes into .venv.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The first Python of at least 3.11 with the venv module; PYTHON=… names another.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
PINS := $(VENV)/pins
STAMP := $(VENV)/.ingat-is-set-up
# PIP_USER would install beside the environment instead of into it.
PIP := PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip
CODE := bot scheduler config tests benchmarks

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## make .venv with the pinned packages and .venv/bin/ingat

$(STAMP): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.11 or later with its venv module" \
		"(Debian: apt-get install python3-venv); or name one: make $(MAKECMDGOALS) PYTHON=…" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "making $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the pinned packages into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q bot scheduler config
	@touch $@

.PHONY: demo
demo: setup ## play one and a half weeks of reminders on a simulated clock
	@$(BIN)/ingat demo

.PHONY: test
test: setup ## run all tests, on SQLite and on PostgreSQL, one process per core
	$(BIN)/pytest --numprocesses logical --dist worksteal $(ARGS)

.PHONY: lint
lint: setup ## check the code's rules and its formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: setup ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: types
types: setup ## check the types, strictly
	$(BIN)/mypy $(CODE)

.PHONY: architecture
architecture: setup ## check which package may import what
	$(BIN)/pytest --quiet tests/test_architecture.py

# The wheel goes into an empty environment away from the checkout, as a kabupaten would install it.
.PHONY: wheel
wheel: setup ## build the wheel, install it elsewhere and run its demo
	@rm -rf dist
	$(BIN)/python -m build --quiet --wheel --no-isolation --outdir dist .
	@set -eu; elsewhere=$$(mktemp -d); trap 'rm -rf "$$elsewhere"' EXIT; \
		wheel=$$(cd dist && echo "$$PWD"/ingat-*.whl); \
		$(PYTHON) -m venv "$$elsewhere/venv"; \
		pip="$$elsewhere/venv/bin/python -m pip --disable-pip-version-check install --quiet"; \
		$$pip --require-hashes -r requirements.txt; \
		$$pip --no-deps "$$wheel"; \
		$$elsewhere/venv/bin/python -m pip --disable-pip-version-check check; \
		cd "$$elsewhere"; venv/bin/ingat demo > demo.txt || { cat demo.txt; exit 1; }; \
		echo "the demo of $$(basename "$$wheel") printed $$(wc -l < demo.txt) lines"

.PHONY: bench
bench: setup ## measure the speeds the program promises
	$(BIN)/python benchmarks/run.py $(ARGS)

.PHONY: chaos
chaos: setup ## send through a provider that misbehaves while processes are killed
	@$(BIN)/python -m tests.chaos.run $(ARGS)

.PHONY: screenshots
screenshots: setup ## picture every page of the console into docs/screenshots
	@$(BIN)/python -m tests.browser.screenshots

# Universal pins: one file for every platform and every Python from 3.11 on, without any address.
.PHONY: pins
pins: ## write the requirement files anew (ARGS=--upgrade takes the newest versions)
	@test -x $(PINS)/bin/uv || { $(PYTHON) -m venv $(PINS) && $(PINS)/bin/python -m pip install --quiet uv; }
	@set -eu; compile="$(PINS)/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate $(ARGS) pyproject.toml"; \
		$$compile --output-file requirements.txt; \
		$$compile --group dev --constraint requirements.txt --output-file requirements-dev.txt

.PHONY: windows
windows: setup ## play all twelve windows around holidays, with outages and without
	INGAT_ALL_WINDOWS=1 $(BIN)/pytest --numprocesses logical tests/story/test_windows.py tests/story/test_outages.py

.PHONY: clean
clean: ## remove everything these targets made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find bot scheduler config tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
