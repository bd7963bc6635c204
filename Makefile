# Every chore of this repository, one target each. `make PYTHON=python3.11 ...` chooses a Python;
# each has an environment of its own under .venv/, made when it is first needed.
PYTHON ?= python3

SERIES := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv/py$(SERIES)
BIN := $(VENV)/bin

# A stamp carries the checksum of what it stands for, so that an environment is brought up to date
# when a lock's content changes, and not when a checkout only touches it.
checksum = $(firstword $(shell cat $(1) | cksum))
TRAIN := $(VENV)/.train-$(call checksum,requirements/train.txt)
DEV := $(VENV)/.dev-$(call checksum,requirements/dev.txt)
# checkov asks for other versions of what Voxpop stands on, so it has an environment to itself.
CHECKOV_VENV := .venv/checkov-py$(SERIES)
CHECKOV := $(CHECKOV_VENV)/.lock-$(call checksum,requirements/checkov.txt)
PROJECT := $(VENV)/.project-$(call checksum,pyproject.toml)

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
COMPILE := UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet \
	--python $(BIN)/python --python-version 3.11 --universal --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# What a person may hand over: make demo DEMO_ARGS="--limit 2000", make test TESTS=tests/core
DEMO_ARGS ?=
CONFIG ?= configs/demo.toml
TRAIN_ARGS ?=
VERSION ?=
API_URL ?=
ALIAS ?= champion
EXPECTED ?=
STAGE ?= app
LOCK ?=
TESTS ?= tests
TEST_ARGS ?=
TEST_PROCESSES ?= 2
BENCH ?= tokenizer inference training scoring reports
UPGRADE ?=
# Images: make images ENGINE=podman BASE_IMAGE=python:3.12-slim@sha256:... IMAGE_PREFIX=registry/name-
ENGINE ?= $(firstword $(foreach engine,docker podman buildah,$(if $(shell command -v $(engine)),$(engine))))
BASE_IMAGE ?= python:3.12-slim
IMAGES ?= api frontend
IMAGE_PLATFORM ?= linux/amd64
IMAGE_PREFIX ?= voxpop-
IMAGE_TAG ?= $(shell git describe --always --dirty --abbrev=40 --exclude='*')
IMAGE_SOURCE ?= unknown
IMAGE_ARGS ?=
# The shell gets these from its environment: nothing in them is taken for a command.
export CONFIG TRAIN_ARGS VERSION API_URL ALIAS EXPECTED STAGE LOCK

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: demo install-demo train promote install test test-slow check check-infra fix docs lock bench \
	images test-images push-images deploy smoke-test rollback terraform-plan terraform-apply \
	unlock clean help

demo: install-demo ## Train, evaluate, register and ask a first classifier
	$(BIN)/voxpop demo $(DEMO_ARGS)

install-demo: $(TRAIN) $(PROJECT) ## Make or bring up to date the environment for the demo

train: install-demo ## Train a version, and write its report: make train CONFIG=configs/demo.toml
	@rm -rf build/trained && mkdir -p build/trained
	$(BIN)/voxpop train "$$CONFIG" $$TRAIN_ARGS --json > build/trained/summary.json
	$(BIN)/python scripts/training_outputs.py build/trained/summary.json > build/trained/outputs
	$(BIN)/voxpop registry pull "$$(sed -n s/^version=//p build/trained/outputs)" build/trained/bundle
	@cat build/trained/summary.json

promote: install-demo ## Point an alias at a version: make promote VERSION=v-... [ALIAS=champion] [EXPECTED=v-...]
	$(BIN)/voxpop registry promote "$$VERSION" --alias "$$ALIAS" $${EXPECTED:+--expected "$$EXPECTED"}

install: $(DEV) $(PROJECT) ## Make or bring up to date the environment for development

test: install ## Run the tests; the whole suite also checks the coverage of the core
ifeq ($(TESTS),tests)
	$(BIN)/pytest -n $(TEST_PROCESSES) -m "not slow" --cov --cov-report= $(TEST_ARGS)
	$(BIN)/coverage report --include="core/*" --skip-covered --fail-under=95
else
	$(BIN)/pytest -n $(TEST_PROCESSES) -m "not slow" $(TEST_ARGS) $(TESTS)
endif

test-slow: install ## Run the tests that take minutes
	$(BIN)/pytest -m slow $(TEST_ARGS) $(TESTS)

check: install check-infra ## Lint, format, types, import rules, pages, workflows, scripts, Terraform
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/actionlint .github/workflows/*
	$(BIN)/zizmor --offline --no-progress --quiet .github/workflows
	$(BIN)/shellcheck .ci/run scripts/*.sh tests/images/*.sh
	$(BIN)/hadolint Dockerfile.*

check-infra: $(CHECKOV) ## Look for weak spots in Terraform, the Dockerfiles and the workflows
	$(CHECKOV_VENV)/bin/checkov

fix: install ## Mend what a tool can mend: lint, format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: install ## Write the generated parts of the pages anew
	$(BIN)/python docs/generate.py

lock: $(DEV) ## Pin what pyproject.toml asks for; UPGRADE=--upgrade takes the newest
	$(COMPILE) pyproject.toml $(UPGRADE) --all-extras --group dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra train --extra s3 --extra ui --group build -c requirements/dev.txt \
		-o requirements/train.txt
	$(COMPILE) pyproject.toml --extra serve --extra s3 --extra tracing -c requirements/dev.txt \
		-o requirements/api.txt
	$(COMPILE) pyproject.toml --extra ui -c requirements/dev.txt -o requirements/frontend.txt
	$(COMPILE) --group build -c requirements/dev.txt -o requirements/build.txt
	$(COMPILE) --group checkov $(UPGRADE) -o requirements/checkov.txt

bench: install ## Run the measured comparisons: make bench BENCH="tokenizer training"
	@mkdir -p build/bench
	@set -e; for name in $(BENCH); do \
		$(BIN)/python -m benchmarks.$$name --json build/bench/$$name.json; \
	done

# BUILDAH_FORMAT: only the format of Docker has health checks; podman and buildah read it. Docker
# reads BUILDX_...: a platform takes the digest of an image, not that of an index of attestations.
# Whatever builds, App Runner and ECS run them on IMAGE_PLATFORM.
images: ## Build the images of the API and of the page by docker, podman or buildah
	@test -n "$(ENGINE)" || { echo "make: docker, podman or buildah is needed" >&2; exit 1; }
	@set -e; for image in $(IMAGES); do \
		BUILDAH_FORMAT=docker BUILDX_NO_DEFAULT_ATTESTATIONS=1 \
			$(ENGINE) build --file Dockerfile.$$image --platform $(IMAGE_PLATFORM) \
			--tag $(IMAGE_PREFIX)$$image:$(IMAGE_TAG) \
			--build-arg BASE_IMAGE=$(BASE_IMAGE) --build-arg REVISION=$(IMAGE_TAG) \
			--build-arg SOURCE=$(IMAGE_SOURCE) \
			--build-arg VERSION=$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) \
			$(IMAGE_ARGS) .; \
		echo "$(IMAGE_PREFIX)$$image:$(IMAGE_TAG)"; \
	done

test-images: install ## Build the images on a stand-in of their base, and run them by podman
	$(BIN)/pytest -m slow --durations=10 $(TEST_ARGS) tests/images

push-images: ## Push the images to the registry of IMAGE_PREFIX, and keep their digests
	@$(PYTHON) scripts/push_images.py --engine "$(ENGINE)" --prefix "$(IMAGE_PREFIX)" \
		--tag "$(IMAGE_TAG)" --platform "$(IMAGE_PLATFORM)"

deploy: ## Deploy the images that were pushed; those of before if they do not answer
	@PYTHON="$(PYTHON)" scripts/deploy.sh deploy

smoke-test: ## Ask what is deployed, or API_URL, whether it answers, as VERSION if that is set
	@PYTHON="$(PYTHON)" scripts/deploy.sh smoke-test

rollback: ## Deploy the images of before the last make deploy again
	@PYTHON="$(PYTHON)" scripts/deploy.sh rollback

terraform-plan: ## Show what a stage of Terraform would change: make terraform-plan STAGE=infra
	@scripts/terraform_stage.sh plan "$$STAGE"

terraform-apply: ## Apply a stage, if its plan is the one that PLAN names
	@scripts/terraform_stage.sh apply "$$STAGE"

unlock: ## Tell who holds the lock of a stage, or take it away: make unlock STAGE=app LOCK=...
	@scripts/terraform_stage.sh unlock "$$STAGE"

clean: ## Remove what builds, tests and tools leave behind; the environments stay
	rm -rf build dist .coverage .coverage.* .hypothesis .import_linter_cache .voxpop-ci
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

help: ## Show this list
	@echo "make TARGET [PYTHON=python3.11]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' Makefile

$(BIN)/python:
	@case "$(SERIES)" in \
		3.11|3.12|3.13) ;; \
		"") echo "make: '$(PYTHON)' does not run; choose a Python 3.11, 3.12 or 3.13:" \
			"make PYTHON=python3.12 ..." >&2; exit 1 ;; \
		*) echo "make: '$(PYTHON)' is Python $(SERIES), and Voxpop runs on 3.11, 3.12 and 3.13;" \
			"choose one: make PYTHON=python3.12 ..." >&2; exit 1 ;; \
	esac
	@echo "Making the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(TRAIN): | $(BIN)/python
	@echo "Installing requirements/train.txt into $(VENV): a download of about 0.8 GB, once"
	@$(PIP) install --require-hashes -r requirements/train.txt
	@rm -f $(VENV)/.train-* && touch $@

# The development lock holds the training lock, version for version: one install does for both.
$(DEV): | $(BIN)/python
	@echo "Installing requirements/dev.txt into $(VENV): a download of about 1 GB, once"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@rm -f $(VENV)/.train-* $(VENV)/.dev-* && touch $@ $(TRAIN)

# The lock is that of one program: what it no longer holds goes with the environment.
$(CHECKOV): | $(BIN)/python
	@echo "Installing requirements/checkov.txt into $(CHECKOV_VENV), once"
	@rm -rf $(CHECKOV_VENV) && $(BIN)/python -m venv $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/python -m pip --disable-pip-version-check --no-input --quiet \
		install --require-hashes -r requirements/checkov.txt
	@touch $@

$(PROJECT): | $(BIN)/python
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.project-* && touch $@
