# Everything that people and machines run, in one place. `make` alone lists it.
# Tout ce que les gens et les machines lancent, en un seul endroit. `make` seul en donne la liste.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.complete

.DEFAULT_GOAL := help
.PHONY: help setup console demo test test-all check bench format words lock clean

help: ## List what can be made / Lister ce qu’on peut faire
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name words; do printf '  make %-10s %s\n' "$$name" "$$words"; done

setup: $(STAMP) ## Install everything into .venv / Tout installer dans .venv

$(STAMP): requirements.lock pyproject.toml package-lock.json
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Vigie needs Python 3.11 or later / Vigie demande Python 3.11 ou une version plus récente'; exit 1; }
	@echo 'Installing into .venv, a few minutes the first time / Installation dans .venv, quelques minutes la première fois'
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip --disable-pip-version-check install -qq --require-hashes -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps --no-build-isolation -e .
	@touch $@

demo: console ## Find a simulated campaign and write the report to demo/ / Déceler une campagne simulée et rédiger le rapport dans demo/
	@$(BIN)/vigie demo --out demo

console: setup ## Build the pages’ scripts and styles / Construire les scripts et les styles des pages
	@$(BIN)/python tools/console_files.py

test: console ## Run the tests (a few minutes) / Lancer les tests (quelques minutes)
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder
	@$(BIN)/python tools/postgres.py $(BIN)/python -m pytest tests/node -n 2 --dist loadscope --no-loadscope-reorder -m "not slow and not any_database"

test-all: console ## Run all tests, the slow ones too / Lancer tous les tests, les lents aussi
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "slow or not slow"
	@$(BIN)/python tools/postgres.py $(BIN)/python -m pytest tests/node -n 2 --dist loadscope --no-loadscope-reorder -m "slow or not slow"

check: console ## Format, lint, types, imports, translations, tests / Forme, style, types, imports, traductions, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/catalogues.py check
	@$(BIN)/python tools/reference.py --check
	@$(MAKE) --no-print-directory test

bench: setup ## Measure against other tools / Mesurer face à d’autres outils
	@$(BIN)/python benchmarks/run.py

format: setup ## Put the code into its form / Mettre le code en forme
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

words: setup ## Renew the message catalogues and what is made from them / Renouveler les catalogues de messages et ce qui en découle
	@$(BIN)/python tools/catalogues.py update
	@$(BIN)/python tools/catalogues.py compile
	@$(BIN)/python tools/reference.py

lock: setup ## Renew requirements.lock (UPGRADE=--upgrade for newer versions) / Renouveler requirements.lock
	@test -x build/lock/bin/pip-compile || { "$(PYTHON)" -m venv build/lock && \
		build/lock/bin/python -m pip --disable-pip-version-check install -qq 'pip-tools==7.6.*'; }
	@$(BIN)/python tools/lock.py build/lock/bin/pip-compile $(UPGRADE)

clean: ## Remove everything that was made / Enlever tout ce qui a été produit
	@rm -rf .venv build dist demo benchmarks/work .coverage .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	@find src tests tools -name __pycache__ -prune -exec rm -rf {} + -o -name '*.mo' -exec rm -f {} +
