# What one does with Metodstöd; `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin

# For commands that need settings but no data: a production-like portal with an empty database.
AS_PRODUCTION := DEMO=0 HTTPS=1 ALLOWED_HOSTS=metodstod.example.se DATABASE_URL=sqlite://:memory: \
	SECRET_KEY=only-for-the-checks-in-the-makefile-nothing-is-ever-signed-0123456789

.DEFAULT_GOAL := help
.PHONY: help run demo test bench judges check fix build words lock sbom clean environment environment-dev packages

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: export DEMO = 1
run: environment ## Start the demo at http://localhost:8000/ (PORT, DATABASE_URL); Ctrl-C stops it
	@$(BIN)/python manage.py demo

demo: export DEMO = 1
demo: environment ## Load the content and the demo's people, without starting anything
	@$(BIN)/python manage.py demo --load-only

test: environment-dev ## Install what is missing, check, and test on SQLite and PostgreSQL (ONLY=sqlite, ARGS="-k name")
	@$(BIN)/python tests/run.py $(if $(ONLY),--only $(ONLY)) $(ARGS)

bench: environment-dev ## Measure how fast the portal is, beside a constant page (ONLY=name, ROWS=1000,100000,1000000)
	@$(BIN)/python tests/bench/run.py $(if $(ONLY),--only "$(ONLY)") $(if $(ROWS),--rows $(ROWS)) $(ARGS)

judges: environment-dev ## Let others' tools judge the portal behind nginx: headers, TLS, injection (docs/judges.md); needs root
	@$(BIN)/python tests/judges/run.py $(ONLY)

check: environment-dev packages ## Lint the code and templates, compare migrations, settings and built files
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@git ls-files '*.html' | xargs $(BIN)/djade --check --target-version 5.2
	@$(AS_PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	@$(AS_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@npm run --silent check

fix: environment-dev ## Format the code and templates, and mend what the linters can mend
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@git ls-files '*.html' | xargs $(BIN)/djade --target-version 5.2

build: packages ## Build the style sheet, scripts and fonts in static/ from frontend/
	@npm run --silent build

words: environment-dev ## Compile the Swedish words that stand for Django's own (metodstod/locale)
	@$(BIN)/python -c "import pathlib, polib; [polib.pofile(str(one)).save_as_mofile(str(one.with_suffix('.mo'))) for one in pathlib.Path('metodstod/locale').rglob('*.po')]"

lock: environment-dev ## Lock the dependencies of pyproject.toml (UPGRADE=1 moves to the newest)
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

sbom: environment-dev ## Write the bill of materials of what runs and of what the pages are built from (var/sbom/)
	@mkdir -p var/sbom
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml \
		--mc-type application --output-reproducible --output-file var/sbom/python.cdx.json
	@npm sbom --package-lock-only --sbom-format cyclonedx > var/sbom/frontend.cdx.json
	@echo "Written: var/sbom/python.cdx.json and var/sbom/frontend.cdx.json"

clean: ## Remove what can be made again (never what has been written in the demo)
	rm -rf .venv node_modules .ruff_cache .pytest_cache .hypothesis var/static var/log
	find . -name __pycache__ -prune -exec rm -rf {} +

environment:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or later, or name one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) environment.py requirements.txt

environment-dev:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or later, or name one: make test PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) environment.py requirements-dev.txt

# Front-end packages, for building and testing only; running needs none.
packages: node_modules/installed

node_modules/installed: package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed: install it with \`apt-get install npm\`, or as your system does, and try again." >&2; exit 1; }
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
