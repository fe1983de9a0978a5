# Two commands do everything: `make run` and `make test`. Both install what is missing into this folder.
# The rest is for working on it: `make help` lists it.

PORT ?= 8000
DARKROOM_HOME ?= $(CURDIR)/.darkroom
export PORT DARKROOM_HOME
# Who makes albums: GEMINI=stand-in the vision model's stand-in, GEMINI_API_KEY the real one, neither of them the fallback.
export GEMINI
# What is compiled is kept, whatever a container's image says: each of many processes would do it again.
unexport PYTHONDONTWRITEBYTECODE
# Where imports begin, as in the functions' own environments.
export PYTHONPATH := $(CURDIR)/functions:$(CURDIR)/layers/darkroom:$(CURDIR)

# A Python that is new enough; what it installs is used from then on.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv/bin
BOOTSTRAP := $(or $(PYTHON),python3) infra/tools/bootstrap.py
NPM := PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm --prefix web
STAGE ?= dev

.DEFAULT_GOAL := help
.PHONY: help run test lint style types imports templates drift web-checks generate bench build deploy admin demo screenshots reset

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: ## start the platform on this machine (PORT, DARKROOM_HOME, GEMINI)
	@$(BOOTSTRAP) run
	@exec $(VENV)/python -m infra.local --tied

test: ## run every test
	@$(BOOTSTRAP) test
	@$(VENV)/python -m pytest -n auto --maxprocesses 4 $(ARGS)

lint: style types imports templates drift web-checks ## check style, types, import arrows, templates, generated files, web

style:
	@$(BOOTSTRAP) test
	$(VENV)/ruff check
	$(VENV)/ruff format --check

types:
	@$(BOOTSTRAP) test
	$(VENV)/mypy functions layers infra tests bench client edge

imports:
	@$(BOOTSTRAP) test
	$(VENV)/lint-imports

templates:
	@$(BOOTSTRAP) sam
	@for template in template.yaml $$(find infra -name '*.yaml' -not -path '*/local/*' | sort); do \
		echo "sam validate $$template"; \
		SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 .tools/sam/bin/sam validate --lint --template "$$template" >/dev/null || exit 1; done

drift:
	@$(BOOTSTRAP) test
	$(VENV)/python -m infra.tools.openapi --check
	$(VENV)/python -m infra.tools.schema --check

web-checks:
	@$(BOOTSTRAP) test
	$(NPM) run --silent check

generate: ## write the OpenAPI document, the web client and schema.sql anew
	@$(BOOTSTRAP) test
	$(VENV)/python -m infra.tools.openapi
	$(VENV)/python -m infra.tools.schema
	$(NPM) run --silent generate

bench: ## time things, each beside a peer (ARGS)
	@$(BOOTSTRAP) test
	$(VENV)/python -m bench $(ARGS)

build: ## build every artifact and check it (needs no container)
	@$(BOOTSTRAP) test
	@$(BOOTSTRAP) sam
	$(VENV)/python -m infra.tools.build

deploy: build ## deploy to AWS with SAM (STAGE)
	SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam deploy --config-env $(STAGE)
	$(VENV)/python -m infra.tools.publish_web --stage $(STAGE)

admin: ## make EMAIL an admin of the running local stack
	@$(VENV)/python -m infra.local.admin "$(EMAIL)"

demo: ## fill a demo person of the running local stack with photos and albums
	@$(VENV)/python -m infra.local.demo

screenshots: ## picture every page of the running local stack, in both themes, for desk and phone (FOLDER)
	@$(BOOTSTRAP) test
	@$(VENV)/python -m infra.tools.screenshots $(FOLDER)

reset: ## forget the local stack's data
	@$(or $(wildcard $(VENV)/python),$(PYTHON)) -m infra.local.reset
