#!/usr/bin/env bash
# Checks that all released modules, tests included, build on the other systems, and tests the leaves where an int has 32 bits.
set -euo pipefail
cd "$(dirname "$0")/.."
patterns=$(for dir in $(ci/modules.sh -released); do echo "$dir/..."; done)
for platform in windows/amd64 darwin/arm64 linux/arm64 linux/386; do
  echo "== $platform"
  # Nothing is run, so nothing is optimized.
  # shellcheck disable=SC2086 # they are words
  CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} go vet -gcflags="all=-N -l" $patterns
done
if [ "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" = linux/amd64 ]; then
  # Some Linux kernels run no 32-bit programs, which bash reports as 126. There the tests are built and not run.
  probe=$(mktemp -d)
  trap 'rm -rf "$probe"' EXIT
  GOARCH=386 go test -c -o "$probe/probe" ./internal/ctxerr
  status=0
  "$probe/probe" -test.run '^$' || status=$?
  exec=()
  if [ "$status" = 126 ]; then
    echo "linux/386: this kernel runs no 32-bit programs: the tests are only built"
    exec=(-exec true)
  fi
  # shellcheck disable=SC2046 # they are words
  GOARCH=386 go test "${exec[@]}" ./commands ./compression ./resultset $(go list ./internal/... | grep -v '/internal/e2e$')
fi
