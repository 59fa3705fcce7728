# Everything starts here; docs/architecture.md tells what is where.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
ARCHIVE := .venv/bin/archive
PACKAGES := archive_service ingest digitize retention search
# Tests wait often, for servers, processes and files: one worker more than processors.
WORKERS ?= $(shell expr $$(nproc) + 1)
# In their order: the short ones come last, and no worker ends long after the others.
BY_FILE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
TESTS ?= tests
BENCH ?= short

.PHONY: help install demo test check check-types check-rules serve judges services faults bench guide-pictures format coverage house lock sbom release clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Modules are compiled here: the account of a service may not write beside them, and each of its
# processes would compile anew what it imports, which doubles what a start costs.
install: .venv/.front-end ## System packages where it may, .venv, front end; quick the second time
	@$(PYTHON) -m compileall -q $(PACKAGES)

.venv/.ready: requirements.lock pyproject.toml deploy/install.sh
	@deploy/install.sh python
	@$(PYTHON) -m compileall -qq -j 0 .venv/lib || true  # a template among them is no module
	@touch $@

.venv/.front-end: package-lock.json archive_service/static/vendor.py archive_service/static/vendored.sha256 | .venv/.ready
	@deploy/install.sh front-end
	@touch $@

demo serve: export ARCHIVE_HOME := $(or $(ARCHIVE_HOME),$(CURDIR)/var/demo$(SERVICES:%=-%))

demo: install ## The whole main job on real files (SERVICES=real: on PostgreSQL, MinIO and the rest)
	@$(if $(filter real,$(SERVICES)),$(PYTHON) -m tests.services run -- )$(ARCHIVE) demo$(if $(filter real,$(SERVICES)), --servers-end)

guide-pictures: install ## Pictures of the guides, from the pages of a new demo (DEMO=var/demo: of that one)
	@$(PYTHON) -m tests.guide.pictures $(DEMO:%=--home %)

serve: install ## The web pages of the demo's home, until Ctrl-C (LISTEN=HOST:PORT for elsewhere)
	@nice $(PYTHON) -m tests.guide.pictures --once --beside $$PPID > /dev/null &
	@$(ARCHIVE) serve $(LISTEN:%=--listen %)

# What the tests start reads compiled modules, whatever the shell says of keeping them.
test coverage faults: export PYTHONDONTWRITEBYTECODE :=

test: install ## All tests (TESTS=retention/transfer, a room, or tests/unit for a part; SERVICES=none: on embedded backends alone)
	@$(if $(filter none,$(SERVICES)),,$(PYTHON) -m tests.services judges --quiet)
	@$(PYTHON) -m tests.guide.room_tests $(BY_FILE) $(TESTS)

check: install ## Linters, types, order of imports, the rules of the house
	@$(MAKE) -j2 --output-sync=target check-types check-rules

check-types:
	@$(PYTHON) -m mypy

check-rules:
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/djlint $(PACKAGES) --lint --quiet
	@$(PYTHON) -m pytest -q tests/guide

format: install ## Lay the code out as `check` wants it
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

coverage: install ## The tests once more, with the branches they miss
	@$(PYTHON) -m tests.guide.room_tests $(BY_FILE) --cov --cov-report=term-missing $(TESTS)

house: install ## Figures of the house: sizes, rooms, imports, how far a change reaches
	@$(PYTHON) -m tests.guide.house

judges: install ## The outside judges and servers of the tests: installs them, says where they are
	@$(PYTHON) -m tests.services judges

services: install ## PostgreSQL, MinIO and the rest on loopback, with their settings, until Ctrl-C
	@$(PYTHON) -m tests.services serve

faults: install ## What takes long: loops of kills and faults, and large sizes (FAULTS_SEED=n repeats one)
	@$(PYTHON) -m pytest -m long -s --override-ini=faulthandler_timeout=0 tests

bench: install ## Each bench in a short form beside kept figures, ten minutes; BENCH="ingest --from DIR": one
	@$(ARCHIVE) bench $(BENCH)

lock: .venv/.ready ## Renew requirements.lock after a change of dependencies
	@.venv/bin/uv lock
	@.venv/bin/uv export -q --frozen --format requirements-txt --no-emit-project \
	    --no-header --no-annotate --group dev --output-file requirements.lock
	@.venv/bin/uv export -q --frozen --format requirements-txt --no-emit-project \
	    --no-header --no-annotate --only-group node --output-file deploy/node.lock

sbom: .venv/.ready ## What we build on, as CycloneDX in var/, and what is known against it (AUDIT=none: is not asked)
	@mkdir -p var
	@.venv/bin/uv tool run -q --from cyclonedx-bom==7.2.1 cyclonedx-py requirements -o var/sbom.json requirements.lock
	@$(if $(filter none,$(AUDIT)),,.venv/bin/uv tool run -q pip-audit==2.9.0 --disable-pip --require-hashes -r requirements.lock)

release: install ## A wheel, and a bundle that installs without a network, in var/release
	-@$(PYTHON) -m tests.guide.pictures --once
	@deploy/release.sh var/release

clean: ## Remove what can be made again, but no home
	@rm -rf .venv node_modules archive_service/static/vendor .mypy_cache .ruff_cache .pytest_cache \
	    .import_linter_cache .hypothesis .coverage htmlcov
