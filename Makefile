# CI runs these targets. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GOLANGCI_LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION   := v1.8.0
NFPM_VERSION          := v2.45.0
CYCLONEDX_VERSION     := v1.10.0
ACTIONLINT_VERSION    := v1.7.12
TOOLS                 := $(CURDIR)/bin
FUZZTIME              ?= 5s
BENCHTIME             ?= 5000x
BENCHCOUNT            ?= 8
INSPECTOR             := $(CURDIR)/.ci/inspector
SHOTS                 ?=
PLATFORMS             ?=
ACMETEST              := $(CURDIR)/internal/server/acmetest
VIRTUAL_ALEXA         := $(CURDIR)/.ci/virtual-alexa
ACCOUNT_LINKING       := $(CURDIR)/.ci/account-linking
SKILL_PACKAGE         := $(CURDIR)/.ci/skill-package
SMAPI                 := $(CURDIR)/.ci/smapi

# CHECKS is the only list of all checks. .ci/run and the GitHub workflow read it. The checks in ALONE use both cores or
# measure time, so they run one after the other. The checks in TOGETHER mostly wait, so two run at the same time.
QUICK    := format vet imports docs workflows commits lint race
ALONE    := demo test $(QUICK) tidy e2e fuzz mutants bench build
TOGETHER := acme manifests testssl reproducible inspector systemd apt account-linking container virtual-alexa skill-package smapi \
	prometheus proxies vuln
CHECKS   := $(ALONE) $(TOGETHER)

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: check
check: ## Run the quick checks: format, vet, imports, documentation, workflows, commits, lint, race detector
	@.ci/checks 1 $(QUICK)

.PHONY: check-all
check-all: ## Run all checks, as CI does
	@.ci/checks 1 $(ALONE)
	@.ci/checks 2 $(TOGETHER)

.PHONY: list-checks
list-checks: ## Print the names of all checks as JSON, for the GitHub workflow
	@printf '["%s"]\n' "$$(echo $(CHECKS) | sed 's/ /","/g')"

.PHONY: build
build: ## Build bin/skill, a static program without local paths
	CGO_ENABLED=0 go build -buildvcs=auto -trimpath -o bin/skill ./cmd/skill
	./bin/skill version

.PHONY: demo
demo: ## Simulate Alexa against the real server on this machine
	go run ./cmd/skill demo --once

.PHONY: test
test: ## Run the tests, without the slow ones
	go test ./...

# SEQUENTIAL lists packages without goroutines. There the race detector only costs time: a minute in all. In package
# handlers it costs five minutes, and only the tests named Concurrent start goroutines. So only they run with it.
SEQUENTIAL := alexa archtest feed/parse har linkproxy/lint redact skillpkg speech utterance

.PHONY: race
race: ## Run the tests in random order, with the race detector in packages with goroutines
	@.ci/need gcc=gcc
	go test -shuffle=on ./internal/handlers $(SEQUENTIAL:%=./internal/%)
	go test -race -run Concurrent ./internal/handlers
	go test -race -shuffle=on -timeout 20m $$(go list ./... | grep -vxF "$$(printf 'lastpost/internal/%s\n' handlers $(SEQUENTIAL))")

.PHONY: e2e
e2e: ## Run the slow tests, with the race detector
	@.ci/need gcc=gcc
	@.ci/e2e

.PHONY: imports
imports: ## Check imports, sizes and words of the code
	go test ./internal/archtest

.PHONY: commits
commits: ## Check the subjects of new commits
	@.ci/commits

.PHONY: names
names: ## Print the share of one-word function names and the median length, per package
	@go run ./.ci/names

.PHONY: docs
docs: ## Check the documentation against the code
	@.ci/docs

.PHONY: workflows
workflows: $(TOOLS)/actionlint ## Check the GitHub workflows, the shell scripts and what the release scripts print
	@.ci/workflows $(TOOLS)/actionlint

.PHONY: virtual-alexa
virtual-alexa: ## Test conversations with the client virtual-alexa (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(VIRTUAL_ALEXA) && npm ci
	@VIRTUAL_ALEXA=$(VIRTUAL_ALEXA) go test -count=1 -run '^TestVirtualAlexa$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestVirtualAlexa / { passed = 1 } END { if (!passed) print "TestVirtualAlexa did not pass"; exit !passed }'

.PHONY: inspector
inspector: ## Test the inspector in Chromium (needs node, npm and chromium)
	@.ci/need node=nodejs npm=npm chromium=chromium
	cd $(INSPECTOR) && npm ci
	@INSPECTOR_SCRIPTS=$(INSPECTOR) INSPECTOR_SHOTS=$(SHOTS) go test -count=1 -timeout 30m -run '^TestInspectorInChromium$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestInspectorInChromium / { passed = 1 } END { if (!passed) print "TestInspectorInChromium did not pass"; exit !passed }'

.PHONY: screenshots
screenshots: ## Update the screenshots in docs/images
	$(MAKE) inspector SHOTS=$(CURDIR)/docs/images

.PHONY: acme
acme: ## Test certificates with a real ACME server (90 seconds)
	@.ci/need gcc=gcc
	cd $(ACMETEST) && go test -race -count=1 ./...

.PHONY: container
container: ## Build the container image and test it, read-only and without capabilities (needs root)
	@.ci/container

.PHONY: proxies
proxies: $(TOOLS)/golangci-lint ## Test deploy/nginx and deploy/caddy with the real proxies, and deploy/traefik with parts of Traefik
	@.ci/proxies
	cd .ci/traefik && $(TOOLS)/golangci-lint run ./...

.PHONY: manifests
manifests: $(TOOLS)/golangci-lint ## Check deploy/docker and deploy/kubernetes with the types of Compose and Kubernetes
	@.ci/manifests/check
	cd .ci/manifests && $(TOOLS)/golangci-lint run ./...

.PHONY: prometheus
prometheus: ## Check and test the alerts in deploy/prometheus with promtool
	@.ci/prometheus

.PHONY: testssl
testssl: ## Test the service's TLS with testssl.sh (a few minutes)
	@.ci/testssl

.PHONY: skill-package
skill-package: ## Check the skill package with Amazon's published types (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(SKILL_PACKAGE) && npm ci
	@SKILL_PACKAGE_CHECK=$(SKILL_PACKAGE) go test -count=1 -run '^TestSkillPackage$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestSkillPackage / { passed = 1 } END { if (!passed) print "TestSkillPackage did not pass"; exit !passed }'

SMAPI_TESTS := TestAskDeployIsEqual TestDeployIsJudged TestAskRefusals TestAskCommands TestSDKDeploys

.PHONY: smapi
smapi: ## Test the fake of Amazon and "skill deploy" with Amazon's own tools (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(SMAPI) && npm ci
	@SMAPI_TOOLS=$(SMAPI) go test -count=1 -timeout 10m -run "^($$(echo $(SMAPI_TESTS) | tr ' ' '|'))$$" -v ./cmd/skill | \
		awk '{ print } /^--- PASS: / { passed++ } /^ *--- (SKIP|FAIL): / { failed = 1 } \
			END { if (failed || passed != $(words $(SMAPI_TESTS))) { print "not all of these tests passed: $(SMAPI_TESTS)"; exit 1 } }'

.PHONY: account-linking
account-linking: ## Test account linking with oidc-provider and oauth4webapi (needs node and npm)
	@.ci/need node=nodejs npm=npm
	cd $(ACCOUNT_LINKING) && npm ci
	@ACCOUNT_LINKING=$(ACCOUNT_LINKING) go test -count=1 -run '^TestAccountLinkingWithForeignParties$$' -v ./cmd/skill | \
		awk '{ print } /^--- PASS: TestAccountLinkingWithForeignParties / { passed = 1 } END { if (!passed) print "TestAccountLinkingWithForeignParties did not pass"; exit !passed }'

.PHONY: format
format: ## Fail if a Go file is not formatted
	@out=$$(gofmt -l .ci cmd internal); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi

# acmetest replaces a module that does not have a dot in its name. "go mod verify" fails for such a module, so it does not
# run there.
.PHONY: tidy
tidy: ## Fail if go.mod or go.sum does not match the imports
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
vuln: $(TOOLS)/govulncheck ## Run govulncheck, if its database is reachable
	@.ci/vuln $(TOOLS)/govulncheck

.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME (5s; use 1m for a long search), two at a time
	@.ci/fuzz $(FUZZTIME)

.PHONY: mutants
mutants: ## Check that the tests fail for each broken condition in internal/verify
	go run ./.ci/mutants ./internal/verify

.PHONY: bench
bench: ## Report the cost of a request, compared with a bare handler
	@.ci/bench $(BENCHTIME) $(BENCHCOUNT)

.PHONY: bench-archive
bench-archive: ## Measure an archive of 100,000 posts (a minute)
	go test -run '^$$' -bench . -benchmem ./internal/archive

.PHONY: release
release: $(TOOLS)/nfpm $(TOOLS)/cyclonedx-gomod ## Build all files of a release in dist/, twice, and compare the bytes
	@deploy/release/build $^ $(PLATFORMS)
	@deploy/release/again $^ $(PLATFORMS)

.PHONY: reproducible
reproducible: $(TOOLS)/nfpm $(TOOLS)/cyclonedx-gomod ## Build the release of this platform twice, compare the bytes, check the contents
	@.ci/reproducible $^

.PHONY: deb
deb: $(TOOLS)/nfpm ## Build dist/lastpost_*.deb from the commit that is checked out
	@deploy/package/build $(TOOLS)/nfpm deb

.PHONY: rpm
rpm: $(TOOLS)/nfpm ## Build dist/lastpost-*.rpm from the commit that is checked out
	@deploy/package/build $(TOOLS)/nfpm rpm

.PHONY: apt-repo
apt-repo: ## Make a signed apt repository, dist/apt, from dist/*.deb (deploy/package/apt/build has the variables)
	@deploy/package/apt/build

.PHONY: apt
apt: $(TOOLS)/nfpm ## Install, use, upgrade and remove the package from an apt repository (needs root and Debian)
	@.ci/apt $(TOOLS)/nfpm

.PHONY: systemd
systemd: $(TOOLS)/nfpm ## Test units and packages in a booted systemd (needs root and Debian)
	@.ci/systemd $(TOOLS)/nfpm

$(TOOLS)/nfpm:
	GOBIN=$(TOOLS) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)

$(TOOLS)/cyclonedx-gomod:
	GOBIN=$(TOOLS) go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION)

$(TOOLS)/actionlint:
	GOBIN=$(TOOLS) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(TOOLS)/govulncheck:
	GOBIN=$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
