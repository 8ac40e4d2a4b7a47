# CI runs these targets. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GOLANGCI_LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION   := v1.8.0
NFPM_VERSION          := v2.45.0
TOOLS                 := $(CURDIR)/bin
FUZZTIME              ?= 5s
BENCHTIME             ?= 5000x
BENCHCOUNT            ?= 8
INSPECTOR             := $(CURDIR)/.ci/inspector
SHOTS                 ?=
ACMETEST              := $(CURDIR)/internal/server/acmetest
VIRTUAL_ALEXA         := $(CURDIR)/.ci/virtual-alexa
ACCOUNT_LINKING       := $(CURDIR)/.ci/account-linking
SKILL_PACKAGE         := $(CURDIR)/.ci/skill-package

# CHECKS is everything that guards the project, and the only list of it: .ci/run and the GitHub workflow read it. The
# checks of ALONE keep both cores busy or measure time, so that they run one after the other; those of TOGETHER mostly
# wait, and run two at a time.
QUICK    := format vet imports docs commits lint race
ALONE    := demo test $(QUICK) tidy e2e fuzz mutants bench build
TOGETHER := acme manifests testssl inspector systemd account-linking container virtual-alexa skill-package prometheus \
	proxies vuln
CHECKS   := $(ALONE) $(TOGETHER)

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: check
check: ## The quick gate: format, vet, lint, race tests, documentation, import table, commits
	@.ci/checks 1 $(QUICK)

.PHONY: check-all
check-all: ## Everything that CI runs
	@.ci/checks 1 $(ALONE)
	@.ci/checks 2 $(TOGETHER)

.PHONY: list-checks
list-checks: ## Print the names of all checks as JSON, for the GitHub workflow
	@printf '["%s"]\n' "$$(echo $(CHECKS) | sed 's/ /","/g')"

.PHONY: build
build: ## Build bin/skill, static and without paths of this machine
	CGO_ENABLED=0 go build -trimpath -o bin/skill ./cmd/skill
	./bin/skill version

.PHONY: demo
demo: ## Play Alexa against the real server on this machine
	go run ./cmd/skill demo --once

.PHONY: test
test: ## Run the tests, without the slow ones
	go test ./...

.PHONY: race
race: ## Run the tests with the race detector, in random order
	@.ci/need gcc=gcc
	go test -race -shuffle=on ./...

.PHONY: e2e
e2e: ## Run the slow tests, with the race detector
	@.ci/need gcc=gcc
	@.ci/e2e

.PHONY: imports
imports: ## Hold the packages to the import table and to the sizes
	go test ./internal/archtest

.PHONY: commits
commits: ## Check the subjects of new commits
	@.ci/commits

.PHONY: names
names: ## Print the share of one-word function names and the median length, per package
	@go run ./.ci/names

.PHONY: docs
docs: ## Hold the documentation to the code
	@.ci/docs

.PHONY: virtual-alexa
virtual-alexa: ## Let virtual-alexa hold conversations with the service (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(VIRTUAL_ALEXA) && npm ci
	@VIRTUAL_ALEXA=$(VIRTUAL_ALEXA) go test -count=1 -run '^TestVirtualAlexa$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestVirtualAlexa / { held = 1 } END { if (!held) print "no conversation was held to its end"; exit !held }'

.PHONY: inspector
inspector: ## Look at the inspector in a real Chromium (needs node, npm and chromium)
	@.ci/need node=nodejs npm=npm chromium=chromium
	cd $(INSPECTOR) && npm ci
	@INSPECTOR_SCRIPTS=$(INSPECTOR) INSPECTOR_SHOTS=$(SHOTS) go test -count=1 -run '^TestInspectorInChromium$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestInspectorInChromium / { seen = 1 } END { if (!seen) print "nothing was looked at"; exit !seen }'

.PHONY: screenshots
screenshots: ## Take the screenshots of docs/images anew
	$(MAKE) inspector SHOTS=$(CURDIR)/docs/images

.PHONY: acme
acme: ## Let a real CA issue, renew and refuse certificates (a minute and a half)
	@.ci/need gcc=gcc
	cd $(ACMETEST) && go test -race -count=1 ./...

.PHONY: container
container: ## Build the image and run it, read-only and without rights (needs root)
	@.ci/container

.PHONY: proxies
proxies: ## Pass requests through the real nginx and Caddy with deploy/'s configurations
	@.ci/proxies

.PHONY: manifests
manifests: $(TOOLS)/golangci-lint ## Hold deploy/'s compose.yaml and Kubernetes manifests to their readers' own types
	@.ci/manifests/check
	cd .ci/manifests && $(TOOLS)/golangci-lint run ./...

.PHONY: prometheus
prometheus: ## Let promtool read deploy/'s alerts, and play a story for each
	@.ci/prometheus

.PHONY: testssl
testssl: ## Let testssl.sh examine the service's TLS (a few minutes)
	@.ci/testssl

.PHONY: skill-package
skill-package: ## Compare the skill package with the types that Amazon publishes (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(SKILL_PACKAGE) && npm ci
	@SKILL_PACKAGE_CHECK=$(SKILL_PACKAGE) go test -count=1 -run '^TestSkillPackage$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestSkillPackage / { held = 1 } END { if (!held) print "nothing was compared"; exit !held }'

.PHONY: account-linking
account-linking: ## Link accounts at oidc-provider through the proxy, by oauth4webapi (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(ACCOUNT_LINKING) && npm ci
	@ACCOUNT_LINKING=$(ACCOUNT_LINKING) go test -count=1 -run '^TestAccountLinkingWithForeignParties$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestAccountLinkingWithForeignParties / { held = 1 } END { if (!held) print "no account was linked"; exit !held }'

.PHONY: format
format: ## Fail where a file is not formatted
	@out=$$(gofmt -l .ci cmd internal); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi

# "go mod verify" fails over a module that is replaced and has no dot in its name, such as acmetest has.
.PHONY: tidy
tidy: ## Fail where go.mod or go.sum is not what the imports ask for
	go mod tidy -diff
	go mod verify
	cd $(ACMETEST) && go mod tidy -diff
	cd .ci/manifests && go mod tidy -diff

.PHONY: vet
vet: ## Run go vet
	go vet ./... ./.ci/mutants ./.ci/names
	go vet -tags man ./...
	cd $(ACMETEST) && go vet ./...

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## Run golangci-lint
	$(TOOLS)/golangci-lint run ./... ./.ci/mutants ./.ci/names
	cd $(ACMETEST) && $(TOOLS)/golangci-lint run ./...

.PHONY: vuln
vuln: $(TOOLS)/govulncheck ## Run govulncheck, if its database can be reached
	@.ci/vuln $(TOOLS)/govulncheck

.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME (5s), two at a time
	@.ci/fuzz $(FUZZTIME)

.PHONY: mutants
mutants: ## Break each condition of internal/verify, and expect its tests to fail
	go run ./.ci/mutants ./internal/verify

.PHONY: bench
bench: ## Report what a request costs, compared with a bare handler
	@.ci/bench $(BENCHTIME) $(BENCHCOUNT)

.PHONY: bench-archive
bench-archive: ## Measure an archive of 100,000 posts (a minute)
	go test -run '^$$' -bench . -benchmem ./internal/archive

.PHONY: deb
deb: $(TOOLS)/nfpm ## Make dist/lastpost_*.deb of the commit that is checked out
	@deploy/package/build $(TOOLS)/nfpm deb

.PHONY: rpm
rpm: $(TOOLS)/nfpm ## Make dist/lastpost-*.rpm of the commit that is checked out
	@deploy/package/build $(TOOLS)/nfpm rpm

.PHONY: systemd
systemd: $(TOOLS)/nfpm ## Try units and packages in a booted systemd (needs root and Debian)
	@.ci/systemd $(TOOLS)/nfpm

$(TOOLS)/nfpm:
	GOBIN=$(TOOLS) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(TOOLS)/govulncheck:
	GOBIN=$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
