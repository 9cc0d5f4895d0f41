# Five commands: check, test, demo, live, docs. Everything lands inside this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# More than two cores: many tests wait for an engine or a process.
WORKERS ?= 4
# The long tests wait for engines nearly all of the time.
SLOW_WORKERS ?= 6
# No cache, no temporary folder outside the clone, whatever the environment says.
PIP := PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
PYTEST := $(BIN)/python -m pytest --basetemp=.reconcile/pytest -p no:cacheprovider

.PHONY: help install check test test-all demo live docs bench clean

help:
	@echo 'make check     style, types and doors'
	@echo 'make test      check, then every test that is quick (under 5 minutes on 2 cores)'
	@echo 'make test-all  test, then the long ones'
	@echo 'make demo      plan, apply, verify, drift and mend specs/prod.yaml on the local ElastiCache'
	@echo '               (PAUSE=1 stops before the drift step, so that you can change something)'
	@echo 'make live      the same scenario against a sandbox account that you name; asks first'
	@echo 'make docs      write the reference pages from the models again'
	@echo 'make clean     stop the local ElastiCache of this folder and remove what was made'

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'installing into $(VENV)'
	@$(PIP) -c constraints.txt -e '.[dev]'
	@touch $@

check: $(STAMP)
	@$(BIN)/python scripts/check.py

test: $(STAMP)
	@mkdir -p .reconcile
	@$(BIN)/python scripts/check.py --beside $(PYTEST) -q -n $(WORKERS) -m 'not slow and not live' $(ARGS)

test-all: test
	@$(PIP) -c constraints.txt -e '.[browser]'
	@$(PYTEST) -q -n $(SLOW_WORKERS) -m slow $(ARGS)

demo: $(STAMP)
	@PAUSE=$(PAUSE) $(BIN)/python scripts/demo.py

live: $(STAMP)
	@$(BIN)/python scripts/live.py $(ARGS)

docs: $(STAMP)
	@$(BIN)/python scripts/make_docs.py

bench: $(STAMP)
	@for file in bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

clean:
	@test ! -x $(BIN)/reconcile || $(BIN)/reconcile local down --quiet || true
	@rm -rf $(VENV) .reconcile .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
