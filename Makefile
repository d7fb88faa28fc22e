PYTHON ?= python3
BIN := .venv/bin
export NUMBA_CACHE_DIR := $(CURDIR)/.numba_cache
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check test-lowest bench lab serve lock clean

help:  ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

.venv/.ready: requirements.lock pyproject.toml
	@echo "setting up .venv (about a quarter of a minute with a warm package cache)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check "uv>=0.5"
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch .venv/.ready

setup: .venv/.ready  ## make .venv with everything in it, the database and the Jupyter kernel
	@$(BIN)/titan init

demo: .venv/.ready  ## real prices -> scan, backtests, walk-forward, regimes, signals, four HTML reports
	@$(BIN)/titan init
	@$(BIN)/titan demo

test: .venv/.ready  ## everything that CI runs
	@bash .ci/test

check: .venv/.ready  ## format, lint, types, imports, fast tests
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/pytest -q -n 2 -m "not slow and not redis and not browser" tests

bench: .venv/.ready  ## every benchmark, as ratios to its named baseline
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

lab: .venv/.ready  ## open the workbench in JupyterLab
	@$(BIN)/titan init && $(BIN)/titan lab

serve: .venv/.ready  ## the pages and the REST API on this machine
	@$(BIN)/titan init && $(BIN)/titan serve

test-lowest: .venv/.ready  ## the fast tests with the lowest versions that pyproject.toml admits
	@test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	@$(BIN)/uv pip install -q --python .venv-lowest/bin/python --resolution lowest-direct -e ".[dev]"
	@.venv-lowest/bin/pytest -q -n 2 --dist loadfile -m "not slow and not redis and not browser" tests

lock: .venv/.ready  ## resolve pyproject.toml into requirements.lock again
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --all-extras --no-emit-index-url --no-annotate --no-header \
		pyproject.toml -o requirements.lock

clean:  ## remove .venv, caches, the local database and rendered reports
	@rm -rf .venv .venv-lowest .numba_cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis var reports/output
