.PHONY: help test servers
export SANGKIEN_TEST_REQUIRE ?= $(shell [ "$$(id -u)" = 0 ] && echo postgres,redis)

help: ## what one can do
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST)

test: servers ## install what the tests need, then every test and check
	@test -z "$$(gofmt -l .)" || { echo 'not gofmt-ed:'; gofmt -l .; exit 1; }
	go vet ./...
	go test -race ./...

servers: ## install the servers that the tests start
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && command -v redis-server >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql redis-server; \
	else echo 'PostgreSQL or Redis is not installed: their tests are skipped. Install the packages postgresql and redis-server.'; fi
