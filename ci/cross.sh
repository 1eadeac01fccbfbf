#!/usr/bin/env bash
# Checks that all released modules, tests included, build on the other systems, and tests the leaves where an int has 32 bits.
set -euo pipefail
cd "$(dirname "$0")/.."
patterns=$(for dir in $(ci/modules.sh -released); do echo "$dir/..."; done)
for platform in windows/amd64 darwin/arm64 linux/arm64 linux/386; do
  echo "== $platform"
  # shellcheck disable=SC2086 # they are words
  CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} go vet $patterns
done
if [ "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" = linux/amd64 ]; then
  # shellcheck disable=SC2046 # they are words
  GOARCH=386 go test ./commands ./compression ./resultset $(go list ./internal/... | grep -v '/internal/e2e$')
fi
