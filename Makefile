# Two commands do everything: `make run` and `make test`. Both are quick when nothing changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt
INSTALLED := $(VENV)/.installed

.PHONY: run test lint bench gpu long walk mutate newcomer screenshots wheel clean

run: $(INSTALLED)
	@if $(BIN)/python -m workbench.shell.system; \
	then exec $(BIN)/workbench vae-digits; \
	else echo "Training the first example without a window."; \
	exec $(BIN)/python -m engine run vae-digits; fi

test: $(INSTALLED)
	$(BIN)/python -m pytest -n auto

long: $(INSTALLED)
	$(BIN)/python -m pytest -m long

mutate: $(INSTALLED)
	$(BIN)/python -m tests.mutate

# 20,000 actions on the real window; WALK="2000 7 --engine" takes a number, a seed, the real engine.
walk: $(INSTALLED)
	$(BIN)/python -m tests.workbench.walk $(WALK)

bench: $(INSTALLED)
	$(BIN)/python -m pytest tests/benchmarks -m bench

# Every family of examples on the first GPU, less than eight minutes; says so where there is none.
gpu: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks.gpu

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# A newcomer's first ten minutes with real keys, counted; says so where there is no Xvfb.
newcomer: $(INSTALLED)
	$(BIN)/python -m tests.newcomer

# The README's moving picture, and examples of every family in all workspaces, sizes, themes and languages.
screenshots: $(INSTALLED)
	$(BIN)/python -m tests.screenshots

wheel: $(INSTALLED)
	$(BIN)/pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# torch first and alone: with the version pinned, pip takes a local CPU wheel where there is one.
$(VENV)/.torch:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing torch: minutes the first time."
	$(PIP) torch
	@touch $@

$(INSTALLED): $(VENV)/.torch pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@
