#!/usr/bin/env bash
# Runs every test of every module, plain and with the race detector. The core comes first by itself, without go.work: its
# results count for the workspace, so that nothing runs twice. ci/consume.sh does the same with the other modules. Modules
# with a workspace of their own come last.
set -euo pipefail
cd "$(dirname "$0")/.."
GOWORK=off go test ./...
go test work
go test -race work
for module in $(ci/modules.sh -apart); do
  (cd "$module" && go test ./... && go test -race ./...)
done
