# `make` alone lists the targets. Nothing has to be installed by hand but Python 3.11+ and make.

VENV := .venv
# Clients of the server that can't live beside it have an environment of their own (scripts/make_client_env.sh).
CLIENTS := .venv-clients
FRESH   := .venv-fresh
BIN  := $(VENV)/bin
RUN  := $(VENV)/.installed
DEV  := $(VENV)/.installed-dev

# The first Python on the path that is new enough. `make demo PYTHON=/path/to/python3.12` takes another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

# Every dependency comes as a ready-made wheel in the version that constraints.txt names. The build
# backend is installed from there too, and used in place, so that nothing unpinned is fetched.
PIP     := $(BIN)/python -m pip --disable-pip-version-check install -qq
PINNED  := --only-binary :all: --constraint constraints.txt
OUTPUT  := demo-output/incidents.enriched.csv

# Its warnings are of no use where it passes: one for each piece of an f-string with a reason beside it.
BANDIT  := $(BIN)/bandit --quiet --configfile pyproject.toml --recursive gazetteer geodata service

# Known vulnerabilities of what constraints.txt names. One that can't be mended is passed over with its reason
# beside it: --ignore-vuln ID.
AUDIT   := PIP_AUDIT_LOGLEVEL=error $(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict \
	--vulnerability-service osv --timeout 10 --progress-spinner off

# The data folder beside the checkout, where there is one: labelled tables to measure with, publishers' files.
SHARED  := ../shared
REPORTS := $(SHARED)/data/labelled/reports_dev.csv
# What `make gazetteer` builds from: the publishers' files there, else what was pulled.
FROM    := $(firstword $(wildcard $(SHARED)/data/upstream) data)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
BENCHES := bench-distance bench-enrich bench-geoparse bench-near bench-resolve bench-reverse bench-service
.PHONY: help demo serve test check audit audit-if-online format gazetteer accuracy accuracy-geoparse $(BENCHES) \
	clients constraints clean faults fuzz screenshots soak

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

demo: $(RUN) ## Install, enrich examples/incidents.csv and ask a question of it
	@mkdir -p $(dir $(OUTPUT))
	$(BIN)/gazetteer enrich examples/incidents.csv -o $(OUTPUT)
	$(BIN)/gazetteer ask "strikes within 5 km of a hospital" --incidents $(OUTPUT)
	@echo "The enriched table is $(OUTPUT). To start the server: make serve"

serve: $(RUN) $(OUTPUT) ## Start the server on the demo's incidents (HOST=, PORT= to choose)
	$(BIN)/gazetteer-serve --incidents $(OUTPUT) $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

$(OUTPUT): examples/incidents.csv | $(RUN)
	@$(MAKE) --no-print-directory demo

test: $(DEV) ## Install what the tests need and run them all, side by side (ARGS= goes to pytest)
	$(BIN)/python -m pytest --numprocesses auto $(ARGS)

check: $(DEV) ## Lint, format, types, import directions, security, documentation that is executed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@echo "$(BIN)/bandit gazetteer geodata service"
	@$(BANDIT) 2>/dev/null || $(BANDIT)
	@$(MAKE) --no-print-directory audit-if-online
	$(BIN)/python -m pytest --numprocesses auto tests/test_docs.py

audit: $(DEV) ## Look up known vulnerabilities of every dependency, and fail if that can't be done
	$(AUDIT)

audit-if-online: $(DEV)
	@echo "$(BIN)/pip-audit"
	@said=$$($(AUDIT) 2>&1); code=$$?; case $$said in \
		*"known vulnerabilit"*) echo "$$said"; exit $$code ;; \
		*) echo "NOT AUDITED: nobody could be asked for known vulnerabilities; make audit says why" ;; esac

format: $(DEV) ## Let ruff sort imports and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-distance: ## Time near at exact points beside geopandas (FILE= a gazetteer file, ARGS= more options, for all of these)
bench-enrich: ## Time enrich: a million rows beside pandas, different places by Dask
bench-geoparse: ## Time geoparse beside a small spaCy model (SPACY= the Python of a spaCy, MODEL=)
bench-near: ## Time near: a million incidents beside pandas
bench-resolve: ## Time resolve beside rapidfuzz
bench-reverse: ## Time reverse beside a geopandas join
bench-service: ## Time the service beside a bare Flask view, and the first view of the map
bench-geoparse bench-resolve bench-reverse: | $(if $(FILE),,gazetteer.gpkg)
$(BENCHES): $(DEV)
	$(BIN)/python -m scripts.bench $(@:bench-%=%) $(if $(FILE),--gazetteer "$(FILE)") \
		$(if $(SPACY),--spacy "$(SPACY)") $(if $(MODEL),--model "$(MODEL)") $(ARGS)

faults: $(DEV) ## Kill processes, fill disks and flip bits: the tests of faults alone (ARGS= goes to pytest)
	$(BIN)/python -m pytest --numprocesses auto tests/faults $(ARGS)

fuzz: $(DEV) ## Fuzz the parsers for 5 minutes (SECONDS= for each, TARGET= one of them), then damaged tables (FILES= of each format)
	@$(PIP) $(PINNED) --no-build-isolation --editable '.[dev,fuzz]'
	@for target in $(or $(TARGET),$(notdir $(wildcard tests/fuzz/corpus/*))); do echo "$$target:"; \
		$(BIN)/python -m scripts.fuzz $$target $(or $(SECONDS),20) || failed="$$failed $$target"; done; \
		test -z "$$failed" || { echo "Something was found by:$$failed" >&2; exit 1; }
	$(BIN)/python -m tests.fuzz.damaged $(or $(FILES),500)

screenshots: $(DEV) ## Take the pictures of the documentation anew, into docs/img
	$(BIN)/python -m scripts.screenshots docs/img

soak: $(DEV) ## Load a server with reads and writes for 10 minutes (FILE= a gazetteer file, ARGS= more options)
	$(BIN)/python -m scripts.soak $(if $(FILE),--gazetteer "$(FILE)") $(ARGS)

gazetteer: $(RUN) ## Build gazetteer.gpkg from the publishers' files (FROM= to choose their folder)
	@test -d "$(FROM)" || { echo "There is no folder $(FROM). Fill one first: $(BIN)/gazetteer-data pull --into data" >&2; exit 1; }
	@$(PIP) $(PINNED) --no-build-isolation --editable .
	$(BIN)/gazetteer-data build --from "$(FROM)" -o gazetteer.gpkg
	$(BIN)/gazetteer-data check gazetteer.gpkg

accuracy: $(DEV) | gazetteer.gpkg ## Measure how right names are resolved and whether the numbers hold, into docs/accuracy.md
	@test -d "$(SHARED)/data/labelled" || { echo "There is no folder $(SHARED)/data/labelled with the labelled tables." >&2; exit 1; }
	$(BIN)/python -m scripts.accuracy gazetteer.gpkg "$(SHARED)"

accuracy-geoparse: $(DEV) | gazetteer.gpkg ## Measure what is read out of labelled reports
	@test -f "$(REPORTS)" || { echo "There is no table $(REPORTS) of labelled reports." >&2; exit 1; }
	$(BIN)/gazetteer geoparse "$(REPORTS)" --text text --id id --gazetteer gazetteer.gpkg -o $(VENV)/mentions.csv
	@for language in ar en; do \
		$(BIN)/python "$(SHARED)/tools/score_reports.py" "$(REPORTS)" $(VENV)/mentions.csv --language $$language; done

gazetteer.gpkg:
	@$(MAKE) --no-print-directory gazetteer

clients: $(DEV) $(CLIENTS)/.installed ## Ask the server by other people's programs, and write docs/clients.md
	$(BIN)/python -m tests.clients.page docs/clients.md

constraints: ## Renew constraints.txt with today's versions of everything
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Name Python 3.11: PYTHON=/path/to/python3.11")'
	@rm -rf $(FRESH)
	@$(PYTHON) -m venv $(FRESH)
	@$(FRESH)/bin/python -m pip install -qq --only-binary :all: 'hatchling>=1.27'
	@$(FRESH)/bin/python -m pip install -qq --only-binary :all: --no-build-isolation '.[dev,fuzz]'
	@$(FRESH)/bin/python -m pip freeze --exclude conflict-gazetteer >$(FRESH)/freeze
	@# Options in that list (--find-links and its like) are of this machine's settings of pip.
	@{ echo "# Every version that is installed and tested. Made by \`make constraints\` with Python 3.11; not edited by hand."; \
		grep -v '^-' $(FRESH)/freeze | LC_ALL=C sort -f; } >constraints.txt
	@rm -rf $(FRESH)

clean: ## Remove the virtual environments, caches and the demo's output
	rm -rf $(VENV) $(CLIENTS) $(FRESH) tests/clients/node/node_modules demo-output build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find gazetteer geodata service scripts tests -name __pycache__ -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------- installation

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Python 3.11 or newer is needed, and $(if $(PYTHON),$(PYTHON) is not one,none was found)." >&2; \
		echo "Install one, or name it: make demo PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUN): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what the programs need (about a minute the first time) ..."
	@$(PIP) $(PINNED) hatchling
	@$(PIP) $(PINNED) --no-build-isolation --editable .
	@touch $@

$(CLIENTS)/.installed: scripts/make_client_env.sh tests/clients/node/package.json
	@rm -rf $(CLIENTS)
	@echo "Installing the clients ..."
	@scripts/make_client_env.sh $(CLIENTS)
	@touch $@

$(DEV): $(RUN)
	@echo "Installing what the tests and checks need ..."
	@$(PIP) $(PINNED) --no-build-isolation --editable '.[dev]'
	@touch $@
