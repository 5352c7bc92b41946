# The command board. Every target sets up what it needs on a fresh machine (Python 3.11+, Node 20+, npm, make);
# stamp files in .venv make the second run start at once. `make` alone prints this list.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check install --quiet
NPM    := npm --prefix js --no-update-notifier
PYTEST := $(PY) -m pytest

BACKENDS := tensorflow jax torch

# Two processes for one run; or, where runs go side by side (`make test`), one for each, since each process imports
# TensorFlow anew: then each line says whose it is. Three of them keep two cores busy: some of the tests wait.
WORKERS = $(if $(TOGETHER),,-n 2 --dist worksteal)
LABEL   = $(if $(TOGETHER),2>&1 | sed -u 's/^/$(subst backend-,,$@) │ /'; exit $${PIPESTATUS[0]})

# PyTorch for the tests: the CPU build, several GB smaller than the one with CUDA. If the configured index has no
# `+cpu` build, TORCH_INDEX is asked; where neither answers, the plain package is taken.
TORCH       ?= torch==2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

BUNDLE   := kerasviz/static/widget.js
JS_DEPS  := js/node_modules/.package-lock.json
JS_FILES := $(shell find js/src -type f 2>/dev/null) $(wildcard js/*.json js/*.mjs)
# Debian's chromium, or Chrome, or any browser named by hand
BROWSER_CHECK := $(PY) -m tests.tools.chromium

export TF_CPP_MIN_LOG_LEVEL ?= 2

say  = @printf '\n\033[1m── %s\033[0m\n' "$(1)"
need = { printf '\n✗ %s\n  %s\n\n' "$(1)" "$(2)" >&2; exit 1; }

# ------------------------------------------------------------------------------------------------ for people

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(VENV)/.demo ## set up, then JupyterLab on the quickstart notebook (prints the URL where there is no display)
	@$(PY) -m jupyterlab --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/quickstart.ipynb \
	  $$([ "$$(id -u)" = 0 ] && echo --allow-root) \
	  $$([ "$$(uname)" = Darwin ] || [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || echo --no-browser) $(ARGS)

.PHONY: test
test: setup ## set up, then every test that CI runs, fast ones first
	@$(MAKE) lint
	@$(MAKE) --keep-going -j3 TOGETHER=1 unit $(BACKENDS:%=backend-%) notebooks wheel
	@$(MAKE) browser

.PHONY: setup
setup: $(VENV)/.dev browser-ready ## everything the tests need, without running them

# ---------------------------------------------------------------------------------------------------- checks

.PHONY: lint
lint: $(VENV)/.dev ## ruff, mypy, import-linter, sizes, biome, tsc
	$(call say,lint)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m tests.tools.sizes
	$(PY) -m tests.tools.notebooks check
	$(VENV)/bin/lint-imports
	$(PY) -m mypy
	$(NPM) run --silent lint
	$(NPM) run --silent typecheck

.PHONY: fix
fix: $(VENV)/.dev ## what the tools can mend by themselves
	-$(PY) -m ruff check --fix --quiet .
	$(PY) -m ruff format .
	$(PY) -m tests.tools.notebooks strip
	$(NPM) run --silent fix

.PHONY: unit
unit: $(VENV)/.dev ## unit + wire + docstring examples + JS unit: a minute and a half
	$(call say,unit: JavaScript)
	$(NPM) test --silent $(LABEL)
	$(call say,unit: Python)
	$(PYTEST) $(WORKERS) --doctest-modules --ignore=kerasviz/backends kerasviz tests/unit tests/wire $(LABEL)

.PHONY: backends $(BACKENDS:%=backend-%)
backends: $(VENV)/.dev ## the contract tests once per backend, each in its own processes
	@$(MAKE) --keep-going $(BACKENDS:%=backend-%)

# One thread each: several of these run side by side on two cores, and the models are tiny.
$(BACKENDS:%=backend-%): backend-%: $(VENV)/.dev
	@echo "── contract on $*"
	KERAS_BACKEND=$* OMP_NUM_THREADS=1 $(PYTEST) $(WORKERS) tests/contract $(LABEL)

# A real browser, server and kernel on a machine with other work: what fails is tried once more, and printed as a rerun.
browser wheel: RETRY := --reruns 1 -r R
.PHONY: browser
browser: $(VENV)/.dev browser-ready ## the front end, then JupyterLab and the whole widget, in a real browser
	$(call say,browser)
	$(PYTEST) -n 2 $(RETRY) js/test/browser
	$(PYTEST) -n 2 --dist loadfile $(RETRY) tests/browser

.PHONY: wheel
wheel: $(VENV)/.dev browser-ready ## what is uploaded: the built wheel in an empty environment, without Node
	$(call say,wheel)
	$(PYTEST) $(RETRY) tests/packaging $(LABEL)

# That one runs in JupyterLab, in the test of the wheel.
BUT_QUICKSTART = $(filter-out notebooks/quickstart.ipynb,$(wildcard notebooks/*.ipynb))
.PHONY: notebooks
notebooks: $(VENV)/.dev ## every notebook, headless
	$(call say,notebooks)
	$(PY) -m tests.tools.notebooks run $(if $(TOGETHER),--at-once=1 $(BUT_QUICKSTART)) $(LABEL)

.PHONY: bench
bench: $(VENV)/.bench browser-ready ## one table: ours, the limit, the peers; what a person waits for in the browser
	$(PY) -m tests.benchmarks $(ARGS)
	$(PY) -m tests.benchmarks.browser

# ----------------------------------------------------------------------------------------------------- making

.PHONY: build
build: $(VENV)/.dev ## wheel and sdist in dist/, then checks what is inside
	rm -rf dist
	$(PY) -m build --quiet
	$(PY) -m tests.tools.check_dist dist

.PHONY: gen
gen: $(VENV)/.dev ## regenerate js/src/protocol.gen.ts and the golden messages
	$(PY) -m kerasviz._codegen
	$(PY) -m tests.wire.make_golden

.PHONY: dev
dev: $(VENV)/.demo ## rebuild on save, with JupyterLab beside it that reloads the widget
	@trap 'kill 0' EXIT; $(NPM) run watch & ANYWIDGET_HMR=1 $(MAKE) demo

.PHONY: page
page: $(JS_DEPS) ## the dev page: every view over golden messages, no kernel
	$(NPM) run page

.PHONY: shots
shots: $(VENV)/.dev browser-ready ## pictures of the dev page, to look at
	$(NPM) run shots

.PHONY: picture
picture: $(VENV)/.dev browser-ready ## take the README's pictures again, from the quickstart notebook
	$(PY) -m tests.tools.picture

.PHONY: clean
clean: ## remove everything that was made here
	rm -rf $(VENV) build dist js/node_modules kerasviz/static

# ------------------------------------------------------------------------------------------------ what it takes

$(PY):
	@command -v $(PYTHON) >/dev/null || $(call need,There is no '$(PYTHON)' here.,Install Python 3.11 or newer or name one: make PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(call need,kerasviz needs Python 3.11 or newer.,Name one: make PYTHON=/path/to/python3.11)
	@$(PYTHON) -m venv $(VENV) || $(call need,$(PYTHON) could not make a virtual environment.,On Debian: apt-get install python3-venv)

# `npm ci` replaces node_modules: only when the lock file is newer.
$(JS_DEPS): js/package-lock.json
	$(call say,front-end tools (npm ci))
	@command -v npm >/dev/null || $(call need,There is no npm here.,Install Node.js 20 or newer: it builds the front end)
	@$(NPM) ci --no-audit --no-fund --loglevel=error || $(call need,npm ci failed.,Is the npm registry reachable? Then run make again: it starts here)
	@touch $@

$(BUNDLE): $(JS_DEPS) $(JS_FILES)
	$(call say,front-end bundle)
	@$(NPM) run --silent build
	@touch $@

offline = $(call need,pip could not install what this needs.,Is the package index reachable? Then run make again: it starts here)

$(VENV)/.demo: pyproject.toml js/hatch_build.py | $(PY) $(BUNDLE)
	$(call say,kerasviz with JupyterLab into $(VENV) (the first time about 700 MB to fetch))
	@$(PIP) --editable '.[demo]' || $(offline)
	@touch $@

$(VENV)/.torch: | $(PY)
	$(call say,PyTorch for the CPU)
	@if [ "$$(uname)" = Linux ]; then \
	  $(PIP) '$(TORCH)+cpu' 2>/dev/null || $(PIP) --index-url '$(TORCH_INDEX)' '$(TORCH)+cpu' || $(PIP) '$(TORCH)'; \
	else $(PIP) '$(TORCH)'; fi || $(offline)
	@touch $@

$(VENV)/.dev: pyproject.toml js/hatch_build.py $(BUNDLE) | $(VENV)/.torch
	$(call say,kerasviz with its developer tools and three backends into $(VENV))
	@$(PIP) --editable '.[dev,jax,torch]' || $(offline)
	@touch $(VENV)/.demo $@

$(VENV)/.bench: $(VENV)/.dev
	$(call say,the peers we are measured against)
	@$(PIP) --editable '.[bench]' && $(PIP) --no-deps xplique==2.0.2 || $(offline)
	@touch $@

# A browser: one that is here, or Debian's (as root), or Playwright's own.
.PHONY: browser-ready
browser-ready: $(VENV)/.dev
	@$(BROWSER_CHECK) >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  printf '\n── a browser (apt-get install chromium)\n'; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || true; \
	fi; \
	$(BROWSER_CHECK) >/dev/null && exit 0; \
	printf "\n── a browser (playwright install chromium)\n"; \
	$(PY) -m playwright install chromium && $(BROWSER_CHECK) >/dev/null && exit 0; \
	$(call need,There is no Chromium or Chrome for the browser tests.,Install one and put it on the PATH or name it: KERASVIZ_BROWSER=/path/to/chrome)
