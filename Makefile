# Needs Python 3.11 or newer, make and, for the first run, a package index. Everything made goes to .venv and build.
#
#   make demo     see a video go up, to the simulator
#   make test     run the whole test suite

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
PYTHON ?= $(firstword $(foreach python,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell $(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(python))))
BIN := $(VENV)/bin

# Hundreds of processes are started, by the tests above all: none shall compile anew what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

# Tests that run at once: one more than there are cores, since some wait for a clock or another process.
TESTERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# Percentage of lines and branches that the tests must run.
COVERAGE ?= 95

# In the checks tests that fail have a second chance (CONTRIBUTING.md says why); elsewhere they have none.
PYTEST := $(if $(CI),tools/second_chance.py $(COVERAGE),-m pytest --cov --cov-report=term --cov-fail-under=$(COVERAGE))

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: venv
venv: $(VENV)/.dev ## make the virtual environment, with all that development needs

.PHONY: demo
demo: $(VENV)/.package ## upload two clips to the simulator and watch
	$(BIN)/bvup demo

.PHONY: test
test: $(VENV)/.dev ## run the whole test suite, with coverage
	$(BIN)/python $(PYTEST) --numprocesses $(TESTERS) --dist loadfile $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: $(VENV)/.dev ## check types, strictly
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

.PHONY: imports
imports: $(VENV)/.dev ## check who imports whom
	$(BIN)/lint-imports

.PHONY: wheel
wheel: $(VENV)/.dev ## build the wheel and try it in an empty environment
	rm -rf build/wheel build/empty
	$(BIN)/python -m build --wheel --outdir build/wheel
	$(BIN)/python -m venv --without-pip build/empty
	$(call install,build/empty/bin/python,build/wheel/*.whl)
	cd build && empty/bin/python -I -W error ../tools/try_wheel.py
	cd build && empty/bin/bvup --version

.PHONY: site
site: $(VENV)/.docs ## build the documentation as a site in build/site, in both languages; a link that leads nowhere fails
	$(BIN)/zensical build --clean --strict
	$(BIN)/zensical build --clean --strict --config-file zensical.zh.toml
	rm -rf build/site/zh && mv build/site-zh/zh build/site/zh && rm -rf build/site-zh

.PHONY: bench
bench: $(VENV)/.dev ## measure against curl and others, and write docs/performance.md (takes a quarter of an hour)
	$(BIN)/python -m benchmarks.weather
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: chaos
chaos: $(VENV)/.dev ## kill uploads a thousand times and count what is lost (takes minutes)
	$(BIN)/python -m benchmarks.chaos $(ARGS)

.PHONY: chaos-short
chaos-short: $(VENV)/.dev ## the same, forty times
	$(BIN)/python -m benchmarks.chaos --kills 40 $(ARGS)

.PHONY: clean
clean: ## remove everything that make has made
	rm -rf $(VENV) .cache build dist htmlcov .coverage .coverage.* \
		.pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv takes a tenth of pip's time; pip stands in where there is no uv for the machine, or it reaches no index.
install = { $(BIN)/python -m uv pip install --quiet --python $(1) $(2) || \
	$(BIN)/python -m pip --python $(1) install --quiet $(2); }

$(VENV)/.package: pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed. If you have it under another name: make PYTHON=/path/to/python3' >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet uv || true
	$(call install,$(BIN)/python,--editable .)
	@touch $@

$(VENV)/.dev: $(VENV)/.package
	$(call install,$(BIN)/python,--group dev)
	@touch $@

$(VENV)/.docs: $(VENV)/.package
	$(call install,$(BIN)/python,--group docs)
	@touch $@
