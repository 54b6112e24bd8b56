SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Else each of the hundreds of Python processes of a test run compiles all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup servers demo test check lint types unit bench train evaluate lock clean python

PYTHON ?= python3
WORKERS ?= 3
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv),.cache/uv-$(UV_VERSION)/bin/uv)
BIN := .venv/bin
COMPILE := pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed servers  ## create .venv with the pledgewatch command; fetch Kafka and Elasticsearch

demo: setup  ## run the pipeline on sample news, show what it found, stop (KEEP=1: keep it running)
	@$(BIN)/pledgewatch demo

test: setup  ## set everything up and run all tests, in WORKERS=3 processes with servers of their own
	@$(BIN)/pytest --numprocesses $(WORKERS)

check: .venv/installed lint types unit  ## lint, types, architecture and all but the slow unit tests: under a minute

lint: .venv/installed  ## style, formatting and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: .venv/installed  ## mypy, strict
	@$(BIN)/mypy

bench: setup  ## measure speed; takes some minutes on an idle machine
	@$(BIN)/python -m benchmarks

train: .venv/installed .venv-train/installed  ## make the model again from the corpus; two hours on two cores with bfloat16, else three; minutes on a GPU
	@.venv-train/bin/python -m training.train

evaluate: .venv/installed  ## measure the model on the held-out sets; writes docs/evaluation.md, figures in README and card
	@$(BIN)/python -m training.report

lock: | $(UV)  ## write the lock files anew from pyproject.toml
	@$(UV) $(COMPILE) pyproject.toml -o requirements.lock
	@$(UV) $(COMPILE) --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	@$(UV) $(COMPILE) --group train pyproject.toml -c requirements.lock -o requirements-train.lock

clean:  ## remove all that the other targets made, downloads too
	@rm -rf .venv .venv-train .cache .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

unit: .venv/installed
	@$(BIN)/pytest -q --numprocesses auto -m "not slow" tests/unit

servers: .venv/installed
	@$(BIN)/python -m services.local.artifacts

.venv/installed: pyproject.toml requirements-dev.lock deploy/local/build-constraints.txt | python $(UV)
	@echo "Installing Python packages into .venv ..."
	@test -x $(BIN)/python || \
		$(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	@$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable . \
		--build-constraints deploy/local/build-constraints.txt
	@touch $@

.venv-train/installed: requirements-train.lock | python $(UV)
	@echo "Installing what training needs into .venv-train (PyTorch: some gigabytes) ..."
	@test -x .venv-train/bin/python || \
		$(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv-train
	@$(UV) pip sync --quiet --require-hashes --python .venv-train/bin/python requirements-train.lock
	@touch $@

.cache/uv-$(UV_VERSION)/bin/uv: | python
	@echo "Installing uv into .cache ..."
	@rm -rf .cache/uv-$(UV_VERSION)
	@$(PYTHON) -m venv .cache/uv-$(UV_VERSION) >&2 || { echo "$(PYTHON) cannot make virtual" \
		"environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@.cache/uv-$(UV_VERSION)/bin/python -m pip install --quiet --disable-pip-version-check \
		uv==$(UV_VERSION)

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer" \
		"is needed, and $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing): install one (Debian:" \
		"apt-get install python3 python3-venv) or run make PYTHON=/path/to/python3" >&2; exit 1; }
