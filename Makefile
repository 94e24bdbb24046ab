# Two commands for everyone: make demo, make test. For who works on the house: make check.
# ARGS is handed on: make demo ARGS=--once · make test ARGS='tests/journeys -x'
# PYTHON says which Python makes the environment: make demo PYTHON=/usr/bin/python3.12

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
ARGS =
PIP = PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 \
	$(BIN)/python -m pip install --quiet --quiet --constraint constraints.txt

# Airflow wants versions of its own: it never shares an environment with what it starts.
AIRFLOW = .venv-airflow
AIRFLOW_PACKAGES = apache-airflow apache-airflow-providers-standard \
	apache-airflow-providers-cncf-kubernetes

# An empty file each, newer than what it was installed from.
TO_RUN = $(VENV)/installed-to-run
TO_TEST = $(VENV)/installed-to-test
TO_TEST_ALL = $(VENV)/installed-to-test-all

.PHONY: help demo serve test check lint test-all airflow test-airflow bench chart

help:
	@echo "make demo      two tenants, from their first event to recommendations, on this machine"
	@echo "make test      the default tests"
	@echo "make check     format, lint, types, import rules, default tests"
	@echo "make test-all  every test, also those that are slow or need Spark"
	@echo "make test-airflow  the DAGs under a real Airflow, in an environment of its own"
	@echo "make serve     the API on what lies in the store"
	@echo "make bench     the measured claims, measured"
	@echo "make chart     the chart with the DAGs in it, to be installed or packed by helm"

demo: $(TO_RUN)
	@$(BIN)/recommender demo $(ARGS)

serve: $(TO_RUN)
	@$(BIN)/recommender serve $(ARGS)

test: $(TO_TEST)
	@$(BIN)/python -m pytest -m 'not slow and not spark' -n 2 --dist worksteal $(ARGS)

test-all: $(TO_TEST_ALL)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile=many $(ARGS)

test-airflow: $(TO_TEST) $(AIRFLOW)/installed
	@RECOMMENDER_TEST_AIRFLOW=$(AIRFLOW)/bin \
		$(BIN)/python -m pytest -m slow tests/journeys/test_airflow.py $(ARGS)

airflow: $(AIRFLOW)/installed

check: lint test

lint: $(TO_TEST)
	@echo "Format, lint, types, import rules"
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

bench: $(TO_TEST)
	@for benchmark in benchmarks/*.py; do \
		echo "$$benchmark"; \
		$(BIN)/python "$$benchmark" $(ARGS) || exit; \
	done

# Helm reads nothing that lies outside of a chart.
chart:
	@rm -rf helm/recommender/files/airflow_dags
	@cp -R airflow_dags helm/recommender/files/
	@echo "helm/recommender has the DAGs in it: helm install NAME helm/recommender --values FILE"

$(TO_RUN): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what runs into $(VENV) (the first time takes a minute or two)"
	@$(PIP) --editable '.[api,trainer]'
	@touch $@

$(TO_TEST): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what runs and what tests into $(VENV) (the first time takes a minute or two)"
	@$(PIP) --editable '.[dev]'
	@touch $(TO_RUN) $@

# Gigabytes that make test does without. Spark's own tests are skipped where there is no Java.
$(TO_TEST_ALL): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Spark and MLflow too into $(VENV) (pyspark alone is half a gigabyte)"
	@$(PIP) --editable '.[test-all]'
	@touch $(TO_RUN) $(TO_TEST) $@

$(AIRFLOW)/installed: constraints-airflow.txt | $(BIN)/python
	@echo "Installing Airflow into $(AIRFLOW) (half a gigabyte)"
	@$(BIN)/python -m venv --clear $(AIRFLOW)
	@PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 \
		$(AIRFLOW)/bin/python -m pip install --quiet --quiet \
		--constraint constraints-airflow.txt $(AIRFLOW_PACKAGES)
	@touch $@

$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11; do \
		$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null || continue; \
		echo "Making $(VENV) with $$($$python --version)"; \
		$$python -m venv --clear $(VENV) && exit 0; \
		rm -rf $(VENV); \
	done; \
	echo "Python 3.11 or newer, with venv, was not found. Install it" \
		"(Debian, Ubuntu: apt-get install python3 python3-venv)," \
		"or say where it is: make PYTHON=/path/to/python3" >&2; \
	exit 1
