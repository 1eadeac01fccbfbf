#!/usr/bin/env bash
# Runs every example program. Each starts a server of its own; examples/first, which does not, runs in its test.
set -euo pipefail
cd "$(dirname "$0")/.."
go run ./examples/quickstart
for program in examples/*/main.go; do
  name=$(basename "$(dirname "$program")")
  [ "$name" = quickstart ] && continue
  [ "$name" = first ] && continue # it needs a server, which its test starts
  echo "== examples/$name"
  go run "./examples/$name"
done
