# What one does with this project. `make` alone lists it.

MAKEFLAGS += --no-print-directory
PYTHON_IN = .venv/bin/python
DATABASE_URL_OF_SERVICES = $(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/postgres)

.DEFAULT_GOAL := help
.PHONY: help run setup test test-fast check test-services bench admin _venv _dev _chromium

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

run: _venv ## serve on http://127.0.0.1:8000 (HOST, PORT and CAPSULE_VAR may be given)
	@exec $(PYTHON_IN) manage.py serve

setup: _venv ## set up all that run needs, and do not serve; safe to repeat
	@$(PYTHON_IN) manage.py serve --prepare-only
	@echo "Ready: make run"

test: _dev _chromium ## all suites, the browser's included
	@$(PYTHON_IN) -m pytest -n 2

test-fast: _dev ## the suites in under a minute: without the browser and what starts a server of its own
	@$(PYTHON_IN) -m pytest -n 2 -m "not browser and not slow"

test-services: _dev ## the suites without the browser, on the PostgreSQL that DATABASE_URL names
	@DATABASE_URL="$(DATABASE_URL_OF_SERVICES)" $(PYTHON_IN) scripts/check_postgres.py
	@DATABASE_URL="$(DATABASE_URL_OF_SERVICES)" $(PYTHON_IN) -m pytest -n 2 -m "not browser"

check: _dev ## lint, types, settings, migrations, imports, templates
	@sh scripts/check.sh

bench: _dev ## the benchmarks, each on a site of its own; fails when a target is missed (FILE may be given)
	@if [ -n "$$BENCH_DATABASE_URL" ]; then echo "Each benchmark wants an empty database. With \
	BENCH_DATABASE_URL run one at a time: $(PYTHON_IN) -m benchmarks.load_documents" >&2; exit 1; fi
	@missed=0; for name in load_documents packages_page; do \
		echo "== $$name"; $(PYTHON_IN) -m benchmarks.$$name $${FILE:+"$$FILE"} || missed=1; done; \
	for name in setting_post handler_overhead table_render; do \
		echo "== $$name"; $(PYTHON_IN) -m benchmarks.$$name || missed=1; done; exit $$missed

admin: setup ## make the first administrator
	@$(PYTHON_IN) manage.py create_admin

_venv:
	@sh scripts/setup.sh

_dev:
	@sh scripts/setup.sh dev

_chromium:
	@$(PYTHON_IN) scripts/find_chromium.py --install >/dev/null
