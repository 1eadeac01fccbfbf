#!/usr/bin/env bash
# Fails if a Go file is not formatted as gofumpt writes it.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(go run mvdan.cc/gofumpt@v0.12.0 -l .)
if [ -n "$unformatted" ]; then
  echo "not formatted with gofumpt:" >&2
  echo "$unformatted" >&2
  exit 1
fi
