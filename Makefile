# Everything a person types here. `make run` starts Upspeak; `make test` tests it. Both do their own set-up.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
BROWSERS := chromium chromium-browser google-chrome

.PHONY: run dev test test-long check bench

run: .venv/.run
	@$(BIN)/python -m uptime run

dev: .venv/.run
	@echo "The password of admin is $${ADMIN_PASSWORD:-upspeak-dev}"
	@DATA_DIR="$${DATA_DIR:-data/dev}" ADMIN_PASSWORD="$${ADMIN_PASSWORD:-upspeak-dev}" \
		exec $(BIN)/python -m uptime run --reload --demo

test: .venv/.dev
	@$(MAKE) --no-print-directory browsers
	$(PYTEST) -m "not long" -n 2 $(ARGS)
	@$(MAKE) --no-print-directory browsers

test-long: .venv/.dev
	@$(MAKE) --no-print-directory browsers
	$(PYTEST) -m long $(ARGS)
	@$(MAKE) --no-print-directory browsers

check: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

bench: .venv/.dev
	@$(BIN)/python -m bench $(ARGS)

.PHONY: browsers
browsers:
	@for browser in $(BROWSERS); do command -v $$browser >/dev/null && exit 0; done; \
	echo; echo "!!! NO BROWSER TESTS: there is no Chromium here, so every test of a screen is skipped. !!!"; echo

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/.run $@
