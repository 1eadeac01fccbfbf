#!/usr/bin/env bash
# Runs every example program. Each starts a server of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
go run ./examples/quickstart
for program in examples/*/main.go; do
  name=$(basename "$(dirname "$program")")
  [ "$name" = quickstart ] && continue
  echo "== examples/$name"
  go run "./examples/$name"
done
