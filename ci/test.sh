#!/usr/bin/env bash
# Runs every test of every module, plain and with the race detector.
set -euo pipefail
cd "$(dirname "$0")/.."
go test work
go test -race work
