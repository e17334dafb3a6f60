# What a person types. README tells the order; docs/operations.md tells the rest.
PYTHON ?= python3
BIN := .venv/bin
DATABASE_URL ?= sqlite:///var/demo.db
FILES_DIR ?= var/demo-files
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: run setup setup-test test test-nightly check lint types golden bench docs lock clean

run: setup  ## the demonstration: a year of Khon Kaen on http://127.0.0.1:8000
	@DATABASE_URL='$(DATABASE_URL)' FILES_DIR='$(FILES_DIR)' HOST='$(HOST)' PORT='$(PORT)' $(BIN)/sipbaht demo --serve

setup: .venv/.run  ## install what running needs

setup-test: .venv/.test  ## install what the tests need besides

.venv/.system-run: .ci/system-packages
	@.ci/system-packages run
	@mkdir -p .venv && touch $@

.venv/.run: .venv/.system-run requirements.txt pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m fund.assets
	@touch $@

.venv/.test: .venv/.run requirements-dev.txt
	@.ci/system-packages test
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

test: setup-test lint types  ## everything a change must pass, on SQLite and again on PostgreSQL
	$(BIN)/pytest -n 2 --cov --cov-branch --cov-report=
	$(BIN)/pytest -n 2 --cov --cov-branch --cov-report= --cov-append --engine postgresql
	$(BIN)/coverage report --format=total --include='ledger/*,receipts/*' --fail-under=98
	$(BIN)/coverage report --format=total --fail-under=95

test-nightly: setup-test  ## the longer forms of the same tests
	$(BIN)/pytest -n 2 --nightly
	$(BIN)/pytest -n 2 --nightly --engine postgresql

check: lint types  ## the quick half of `make test`

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types:
	$(BIN)/mypy

golden: setup-test  ## write the golden files anew; read the difference before you commit it
	$(BIN)/pytest -q -m golden --update-golden
	$(BIN)/pytest -q -m golden --update-golden --engine postgresql

bench: setup-test  ## measure; docs/benchmarks.md tells how to read it
	$(BIN)/python -m benchmarks

docs: setup-test  ## check that the documents say what the code does
	$(BIN)/pytest -q tests/test_docs.py

lock:  ## write the hash-locked requirements anew (needs pip-tools)
	for extra in '' '-dev'; do \
	  pip-compile --quiet --generate-hashes --allow-unsafe --no-strip-extras --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --no-emit-options --extra build \
	    $$(test -n "$$extra" && echo --extra dev) -o requirements$$extra.txt pyproject.toml; \
	done

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache static/vendor
