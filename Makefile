# `make` alone lists the targets. Each sets up .venv where that is missing or out of date, and at once where not.
# Needs make and a Python of 3.11 or newer; PYTHON=/path/to/python names one.

SHELL := /bin/sh
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
UV_LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11
CODE := api contracts issuers ledger network verifier scripts tests $(wildcard bench examples)

.PHONY: help setup run demo network test test-faults test-network check format bench lock clean

help:
	@echo 'make run           the demonstration on real input, then serve until Ctrl-C'
	@echo 'make demo          the same without serving'
	@echo 'make network       four validators on this machine, until Ctrl-C (needs Go)'
	@echo 'make test          the tests, within ten minutes on two cores'
	@echo 'make test-faults   hundreds of kills, full disks (longer)'
	@echo 'make test-network  the validator network (longer)'
	@echo 'make check         format, lint, types, imports'
	@echo 'make format        mend what the formatter and the linter can mend'
	@echo 'make bench         the figures, as one JSON object'
	@echo 'make lock          compile the lock files again'
	@echo 'make clean         remove what make and the tools made, but no data folder'

setup:
	@scripts/setup.sh

run: setup
	@exec $(BIN)/rollbook demo --serve

demo: setup
	@exec $(BIN)/rollbook demo

network: setup
	@exec $(BIN)/python -m network up

test: setup
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m 'not faults and not network'

test-faults: setup
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m faults

test-network: setup
	@network/build >/dev/null || { echo 'test-network: without the validators nothing was tested' >&2; exit 1; }
	$(PYTEST) -m network tests/network

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	@exec $(BIN)/python -m bench

lock: setup
	$(UV_LOCK) --all-extras --group dev pyproject.toml -o requirements/dev.txt
	$(UV_LOCK) -c requirements/dev.txt pyproject.toml -o requirements/verifier.txt
	$(UV_LOCK) -c requirements/dev.txt --extra sm pyproject.toml -o requirements/sm.txt
	$(UV_LOCK) -c requirements/dev.txt --extra server pyproject.toml -o requirements/server.txt

clean:
	rm -rf .venv .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
