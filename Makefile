# Every task of the project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODES ?= 1
MONOVIRT := node src/main.ts

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2}'

# Not `npm ci`: it refuses where a registry lacks packages of platforms that nobody here uses.
node_modules: package.json package-lock.json
	npm install --no-audit --no-fund
	@touch node_modules

##@ Run
.PHONY: up down status
up: node_modules ## Bring up a local cluster, install monovirt and boot the sample VM (NODES=2 for two nodes)
	$(MONOVIRT) up --nodes $(NODES)
down: node_modules ## Remove the local cluster and all it made
	$(MONOVIRT) down
status: node_modules ## Show the local cluster's parts
	$(MONOVIRT) status

##@ Check
.PHONY: check typecheck lint format verify
check: typecheck lint format-check verify ## All checks that need no cluster
typecheck: node_modules ## Type check
	tsc -p tsconfig.json
lint: node_modules ## Lint: import rules, numbers, promises
	oxlint --type-aware --deny-warnings
format: node_modules ## Format all files
	prettier --write --log-level warn .
.PHONY: format-check
format-check: node_modules ## Fail on unformatted files
	prettier --check --log-level warn .
generate: node_modules ## Write generated files (CRDs, RBAC)
	node hack/generate.ts
verify: node_modules ## Fail when generated files are stale
	node hack/generate.ts --verify

##@ Test
.PHONY: test test-unit test-api test-e2e fuzz bench
test: node_modules ## Everything: checks, unit, real apiserver, end to end on a real node
	node hack/test.ts
test-unit: node_modules ## Unit tests
	node --test --test-concurrency=3 --test-timeout=300000 'src/**/*.test.ts' 'hack/**/*.test.ts' 'test/bench/**/*.test.ts'
test-api: node_modules ## Tests against a real kube-apiserver and etcd
	node --test --test-concurrency=2 --test-timeout=300000 'test/api/**/*.test.ts'
test-e2e: node_modules ## Tests on the local cluster that `make up` made
	node --test --test-concurrency=1 --test-timeout=600000 'test/e2e/**/*.test.ts'
fuzz: node_modules ## 100,000 manifests changed at random through the real webhooks (FUZZ_COUNT, FUZZ_SEED)
	node test/fuzz/main.ts
bench: node_modules ## Measure latency, memory and API load on the local cluster; writes docs/performance.md
	node test/bench/main.ts

##@ Build
.PHONY: image build
build: node_modules ## Build the single executable into dist/
	node hack/build.ts
image: node_modules ## Build all images as OCI archives
	node hack/image.ts
