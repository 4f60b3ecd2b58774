# What one does with this project. `make` alone lists it.

MAKEFLAGS += --no-print-directory
# Some systems forbid Python to keep what it compiled. The suites start hundreds of processes, each of which would then
# compile the project again, for two seconds; pytest keeps its own modules likewise.
unexport PYTHONDONTWRITEBYTECODE
PYTHON_IN = .venv/bin/python
# Each worker begins with its share of the modules, so that what the tests of one share is set up once. Three on two
# processors: a test in the browser waits half of its time.
PYTEST = $(PYTHON_IN) -m pytest -n 3 --dist worksteal
# The tests of your applications, on the site that has them; the project's own suites are tried without (docs/testing.md).
# pytest ends with 5 where none of them has such a mark.
APPLICATIONS_PYTEST = @set --; for one in */tests; do \
	if [ -f "$${one%/tests}/__init__.py" ]; then set -- "$$@" "$$one"; fi; done; \
	[ $$\# -eq 0 ] || $(PYTHON_IN) -m pytest "$$@" -m $(1) || [ $$? -eq 5 ]
SERVICES = DATABASE_URL="$(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/postgres)" \
	REDIS_URL="$(or $(REDIS_URL),redis://127.0.0.1:6379/0)"

.DEFAULT_GOAL := help
.PHONY: help run dev new setup test test-thorough test-fast check format words reference test-services bench bench-storage prove isolation tour admin _venv _build _dev _chromium

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

run: _venv ## serve on http://127.0.0.1:8000 (HOST, PORT and CAPSULE_VAR may be given)
	@exec $(PYTHON_IN) manage.py serve

dev: _build ## serve for you who build: what you save is live, what is wrong says so in the page
	@exec $(PYTHON_IN) -m capsule_site.dev

# Only what is written after make: a variable of this name in the environment, as some systems have, means nothing.
new: ## begin an application of your own: make new NAME=desk, or of the records of a CSV file: FROM=tools.csv
	@sh scripts/new.sh "$(if $(findstring command,$(origin NAME)),$$NAME)" "$(if $(findstring command,$(origin FROM)),$$FROM)"

setup: _venv ## set up all that run needs, and do not serve; safe to repeat
	@$(PYTHON_IN) manage.py serve --prepare-only
	@echo "Ready: make run"

test: _dev _chromium ## every feature, the browser's included, in under eight minutes on two cores
	$(call APPLICATIONS_PYTEST,"not thorough")
	@$(PYTEST) -m "not thorough"

test-thorough: _dev _chromium ## what test leaves out: every page, look, role and address, at length, or with what is killed
	$(call APPLICATIONS_PYTEST,thorough)
	@$(PYTEST) -m thorough

test-fast: _dev ## the suites in under a minute: without the browser and what starts a server of its own
	$(call APPLICATIONS_PYTEST,"not browser and not slow and not thorough")
	@$(PYTEST) -m "not browser and not slow and not thorough"

test-services: _dev _chromium ## what asks a database, on the PostgreSQL and Redis of DATABASE_URL and REDIS_URL
	@$(SERVICES) $(PYTHON_IN) scripts/check_services.py
	@$(SERVICES) $(PYTEST) -m "services or (database and not browser)"

words: _dev ## bring the translations in locale/ in step, and list what is left to translate
	@$(PYTHON_IN) -m scripts.messages

reference: _dev ## write docs/reference/ anew from the code
	@$(PYTHON_IN) -m scripts.reference

check: _dev ## lint, types, settings, migrations, imports, templates; of your application alone: make check NAME=desk
	@sh scripts/check.sh $(if $(findstring command,$(origin NAME)),"$$NAME")

format: _dev ## lay out what was written, yours and the house's, and mend what lint can; what is left, it says
	@$(PYTHON_IN) -m ruff check --fix-only --quiet .; $(PYTHON_IN) -m ruff format . && $(PYTHON_IN) -m ruff check --quiet .

bench: _dev ## the benchmarks, each on a site of its own; fails when a target is missed (FILE may be given)
	@if [ -n "$$BENCH_DATABASE_URL" ]; then echo "Each benchmark wants an empty database. With \
	BENCH_DATABASE_URL run one at a time: $(PYTHON_IN) -m benchmarks.load_documents" >&2; exit 1; fi
	@missed=0; for name in load_documents packages_page datasette_page; do \
		echo "== $$name"; $(PYTHON_IN) -m benchmarks.$$name $${FILE:+"$$FILE"} || missed=1; done; \
	for name in setting_post settings_json setting_get handler_overhead handler_peers handler_cached dashboard table_render server_setup setting_over_http cold_start dev_reload \
		live_change live_burst live_memory constance_read conversing.writes conversing.streams; do \
		echo "== $$name"; $(PYTHON_IN) -m benchmarks.$$name || missed=1; done; exit $$missed

bench-storage: _dev ## the store beside a hand-written model, N documents (10000); goes on where it was killed
	@$(PYTHON_IN) -m benchmarks.storage $(or $(N),10000) $(if $(FILE),"$(FILE)") $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(RECORD),--record)

prove: _dev ## try the claims of docs/proofs.md: isolation, lost updates, killed workers, speed at a million documents
	@$(PYTHON_IN) -m benchmarks.prove

isolation: _dev ## N random operations by 50 identities (20000), on the database of DATABASE_URL; goes on where it was
	@$(PYTHON_IN) -m tests.isolation $(or $(N),20000)

tour: _dev _chromium ## show the demo in two minutes, all by script (HEADED=1 opens windows); pictures in var/tour
	@$(PYTHON_IN) -m scripts.tour $(ARGS)

admin: setup ## make the first administrator
	@$(PYTHON_IN) manage.py create_admin

_venv:
	@sh scripts/setup.sh

_build:
	@sh scripts/setup.sh build

_dev:
	@sh scripts/setup.sh dev

_chromium:
	@$(PYTHON_IN) scripts/find_chromium.py --install >/dev/null
