#!/usr/bin/env bash
# Prints the folder of every module of the workspace, one a line.
set -euo pipefail
cd "$(dirname "$0")/.."
go list -m -f '{{.Dir}}'
