#!/usr/bin/env bash
# Runs every benchmark once, so that none can rot. Figures come from docs/benchmarks.md's commands.
set -euo pipefail
cd "$(dirname "$0")/.."
go test -run '^$' -bench . -benchtime 1x -short work
