# Every command of the project. `make run` and `make test` first install their packages.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# An old Python can read this line. Without it, pip would only say that it finds no package.
NEW_ENOUGH := import sys; sys.version_info >= (3, 11) or sys.exit("Switchboard needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name a newer one: make run PYTHON=python3.13" % sys.version_info[:2])

# Each process takes whole files, in the order of the folders. The fast ones come last.
TESTS := $(BIN)/python -m pytest -n $(or $(PROCESSES),3) --dist loadfile --no-loadscope-reorder

.PHONY: run test test-all test-pooler slow check faults bench cost growth upgrade lock clean

run: $(VENV)/run.stamp  ## start everything on http://127.0.0.1:8000
	@$(BIN)/python -m local

test: $(VENV)/dev.stamp  ## run every test, in three PROCESSES
	$(TESTS) $(ARGS)

test-all: $(VENV)/dev.stamp  ## run every test, with many more generated examples
	$(TESTS) --hypothesis-profile=thorough $(ARGS)

test-pooler: $(VENV)/dev.stamp  ## the store's tests again, through PgBouncer in transaction mode
	$(TESTS) tests/store tests/model --pooler

slow: $(VENV)/dev.stamp  ## the tests that take minutes
	SLOW=1 $(BIN)/python -m pytest -m slow -s $(ARGS)

faults: $(VENV)/dev.stamp  ## test the promises under faults; SECONDS=300 SEED=31, ECHO=1 or POOLER=1
	@$(BIN)/python -m tests.faults --seconds $(or $(SECONDS),30) --seed $(or $(SEED),1) $(if $(ECHO),--echo) $(if $(POOLER),--pooler)

bench: $(VENV)/dev.stamp  ## measure each figure against its limit; ONLY=B1, QUICK=1; PEERS=1, SINCE=commit: beside others
	@$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(PEERS),--peers) $(if $(SINCE),--since $(SINCE))

cost: $(VENV)/dev.stamp  ## count and price what a turn costs on AWS; MANAGERS=1,10,50
	@$(BIN)/python -m tests.costs $(if $(MANAGERS),--managers $(MANAGERS))

growth: $(VENV)/dev.stamp  ## measure the cost of each step with 100 chats and with a million
	@$(BIN)/python -m tests.benchmarks.growth

upgrade: $(VENV)/dev.stamp  ## upgrade a million chats of the release before, while people talk
	@$(BIN)/python -m tests.upgrade.at_work $(CHATS)

check: $(VENV)/dev.stamp node_modules/done.stamp  ## ruff, mypy --strict, import-linter, tsc, Biome, vulnerabilities of pinned packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m infra.frame_types --check
	node_modules/.bin/tsc -p jsconfig.json
	node_modules/.bin/biome check --error-on-warnings
	$(BIN)/python infra/audit.py requirements.txt

$(VENV)/run.stamp: requirements.txt
	@$(BIN)/python -c '$(NEW_ENOUGH)' 2>/dev/null || { $(PYTHON) -c '$(NEW_ENOUGH)' && $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/done.stamp: package.json package-lock.json
	@command -v npm >/dev/null || { echo "make check needs Node 18 or newer, with npm"; exit 1; }
	@npm ci --silent
	@touch $@

lock:  ## pin every dependency again, with hashes
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -c requirements.txt -o requirements-dev.txt
	npm install --package-lock-only

clean:  ## remove the environment, never the data
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache
