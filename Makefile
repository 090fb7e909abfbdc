# Everything one does with a checkout. `make help` lists it.

PYTHON ?= python3
BIND ?= 127.0.0.1:8000
SERVE ?= 1
SIZE ?= small

BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo check test test-faults bench format lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv with the locked dependencies

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Bromo needs Python 3.11 or later, which \"$(PYTHON)\" is not. Say which to use, for example: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { \
	  echo "Python's venv module is incomplete. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing the locked dependencies into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $(STAMP)

demo: install ## a library of sample photos at http://$(BIND)/; SERVE=0 ends before serving
	@$(BIN)/python -m config.demo --bind $(BIND) $(if $(filter 0,$(SERVE)),--no-serve)

check: install ## lint, formatting, types, layers, migrations, system checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check
	@BROMO_HTTPS=true $(BIN)/python manage.py check --deploy --tag security --fail-level WARNING

test: install ## every test, on SQLite and on PostgreSQL; ARGS="..." goes to pytest
	@$(BIN)/python manage.py fetch_models --group models --group demo-photos
	@$(BIN)/python -m tests.databases $(ARGS)

test-faults: install ## kill, freeze and fill whatever can be, and count what is lost; SIZE=full for more
	@$(BIN)/python -m tests.faults --size $(SIZE) $(ARGS)

bench: install ## benchmarks; each prints its figures as JSON
	@$(BIN)/python manage.py fetch_models --group models --group bench-photos
	@for module in recognition rekognition search tagging uploads writers; do $(BIN)/python -m bench.$$module --json || exit 1; done

format: install ## mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: install ## write requirements/*.txt anew; UPGRADE=1 takes newer releases
	@for list in base dev; do \
	  $(BIN)/pip-compile --quiet --allow-unsafe --generate-hashes --strip-extras \
	    --no-emit-find-links --no-emit-index-url $(if $(UPGRADE),--upgrade) \
	    --output-file requirements/$$list.txt requirements/$$list.in || exit 1; done

clean: ## remove .venv and caches; data in var/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	@find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
