# make demo   the main job on an embedded PostgreSQL
# make test   everything CI runs: checks, then the tests on real servers
# Each builds .venv itself and installs what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLD := .venv-sqlalchemy-2.0
# What is the same whichever SQLAlchemy is installed: import-linter sees to it that nothing tested there imports it.
# Scheduled runs need it for their history, which has tests of its own.
OLD_WITHOUT := --ignore tests/servers --ignore tests/sql --ignore tests/reports --ignore-glob 'tests/detectors/test_*' \
	--ignore tests/querylogs/formats --ignore tests/querylogs/sources --ignore-glob 'tests/querylogs/test_*' \
	--ignore tests/config --ignore tests/scheduled --ignore tests/test_deployment.py
# On all cores; how the tests are shared out is in tests/distribution.py.
PYTEST := bin/pytest -n auto

# Compiled once, not in each of the many processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check format servers bench docs clean

demo: $(VENV)/demo.stamp
	$(BIN)/triage demo

test: check servers
	$(VENV)/$(PYTEST)
	$(OLD)/$(PYTEST) $(OLD_WITHOUT) --without mysql --without postgresql18 --without pgbouncer --without chromium

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

servers: $(VENV)/dev.stamp $(OLD)/dev.stamp
	$(BIN)/python -m tests.servers.install

bench: servers
	$(BIN)/python -m tests.benchmarks

docs: $(VENV)/dev.stamp
	$(BIN)/python -m tests.readme --write

clean:
	rm -rf $(VENV) $(OLD)

$(VENV)/demo.stamp: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@

# The oldest SQLAlchemy that is supported: the suite runs once more on it.
$(OLD)/dev.stamp: pyproject.toml
	test -x $(OLD)/bin/python || $(PYTHON) -m venv $(OLD)
	$(OLD)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(OLD)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]' --group dev 'sqlalchemy[asyncio]<2.1'
	touch $@
