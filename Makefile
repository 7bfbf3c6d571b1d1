.PHONY: help test lint bench chaos powercut drills fuzz package servers
export SANGKIEN_TEST_REQUIRE ?= $(shell [ "$$(id -u)" = 0 ] && echo postgres,redis,chromium,poppler,strace,caddy)
LINT_VERSION = v2.15.0
DIST = dist
ARCHS = amd64 arm64
VERSION = $(shell git log -1 --format=%cd-%h --date=format:%Y.%m.%d 2>/dev/null)

help: ## what one can do
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST)

test: servers ## install what the tests need, then every test and check
	@test -z "$$(gofmt -l .)" || { echo 'not gofmt-ed:'; gofmt -l .; exit 1; }
	CGO_ENABLED=0 go vet -trimpath ./...
	CGO_ENABLED=0 go build -trimpath -o /dev/null ./cmd/sangkien
	go test -race -timeout 20m ./...

lint: ## golangci-lint, built from source at a fixed version
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION) run ./...

bench: servers ## measure the product beside a floor; the figures are in BENCHMARKS.md
	SANGKIEN_BENCH=1 go test -timeout 10m -v -count=1 -run '^TestBench$$' ./cmd/sangkien
	SANGKIEN_BENCH=1 go test -timeout 20m -v -count=1 -run '^TestScaleBench$$' ./cmd/sangkien
	SANGKIEN_BENCH=1 go test -timeout 20m -v -count=1 -run '^TestBroadcastBench$$' ./cmd/sangkien
	SANGKIEN_BENCH=1 go test -timeout 20m -v -count=1 -run '^TestBroadcastIsQuick$$' ./storage
	SANGKIEN_BENCH=1 go test -timeout 60m -v -count=1 -parallel 1 -run '^TestSearchIsQuick$$' ./storage

chaos: servers ## let everything fail around two processes for 40 minutes (1,100 kills, 560,000 updates), then the masters of a Redis Cluster and of Sentinels, then kill processes in every combination; the figures are in RELIABILITY.md
	SANGKIEN_FAULT_SECONDS=2400 SANGKIEN_FAULT_RATE=220 SANGKIEN_FAULT_MEMBERS=1000 SANGKIEN_FAULT_KILLS=1900 SANGKIEN_STANDSTILL=60 go test -timeout 60m -v -count=1 -run '^TestFaults$$' ./cmd/sangkien
	SANGKIEN_FAULT_SECONDS=900 SANGKIEN_FAULT_RATE=50 SANGKIEN_FAULT_MEMBERS=200 go test -timeout 20m -v -count=1 -run '^TestRedisFailsOver$$' ./cmd/sangkien
	SANGKIEN_CHAOS_KILLS=26 SANGKIEN_CHAOS_MEMBERS=50 go test -timeout 20m -parallel 4 -v -count=1 -run '^TestChaos' ./cmd/sangkien
	SANGKIEN_CHAOS_RECIPIENTS=10000 SANGKIEN_CHAOS_EVERY=500 go test -timeout 20m -parallel 1 -v -count=1 -run '^TestBroadcastChaos$$' ./cmd/sangkien

powercut: servers ## cut the power of a working store 1,000 times, and once more as a check with fsync left out; the figures are in RELIABILITY.md
	SANGKIEN_POWERCUTS=1000 go test -timeout 20m -v -count=1 -run 'PowerCut' ./storage

drills: ## back up while ideas come in, restore and compare, 365 times; the figure is in RELIABILITY.md
	SANGKIEN_DRILLS=365 go test -timeout 30m -v -count=1 -run '^TestBackupDrills$$' ./cmd/sangkien

fuzz: ## half a minute for each fuzz target
	@for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime 30s $$p || exit 1; done; done

package: ## what an operator is given: program, settings and guides for Linux, one file for each kind of processor, in dist/
	@mkdir -p $(DIST)
	@for arch in $(ARCHS); do name=sangkien-linux-$$arch; folder=$(DIST)/$$name; \
		rm -rf $$folder && mkdir -p $$folder/docs && \
		CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -ldflags='-s -w -X main.release=$(VERSION)' -o $$folder/sangkien ./cmd/sangkien && \
		cp -r README.md CHANGELOG.md deploy $$folder/ && mv $$folder/deploy/Dockerfile.package $$folder/Dockerfile && cp -r docs/*.md docs/images $$folder/docs/ && \
		tar -C $(DIST) --sort=name --owner=0 --group=0 --numeric-owner -czf $$folder.tar.gz $$name && rm -r $$folder || exit 1; done
	@cd $(DIST) && sha256sum sangkien-linux-*.tar.gz > SHA256SUMS && ls -l sangkien-linux-*.tar.gz

servers: ## install the servers and the browser that the tests start
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && command -v redis-server >/dev/null && command -v chromium >/dev/null && command -v pdftoppm >/dev/null && command -v strace >/dev/null && command -v caddy >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql redis-server chromium poppler-utils strace caddy; \
	else echo 'PostgreSQL, Redis, Chromium, poppler, strace or Caddy is not installed: their tests are skipped. Install the packages postgresql, redis-server, chromium, poppler-utils, strace and caddy.'; fi
