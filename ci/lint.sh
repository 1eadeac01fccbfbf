#!/usr/bin/env bash
# Runs go vet and the linters of .golangci.yml in every module.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
GOBIN=$bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
go vet work
# shellcheck disable=SC2046 # they are words
"$bin/golangci-lint" run $(for module in $(ci/modules.sh); do echo "$module/..."; done)
for module in $(ci/modules.sh -apart); do
  (cd "$module" && go vet ./... && "$bin/golangci-lint" run ./...)
done
