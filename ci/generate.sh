#!/usr/bin/env bash
# Fails if a generated file is not what its generator writes.
set -euo pipefail
cd "$(dirname "$0")/.."
before=$(git status --porcelain)
go generate ./...
after=$(git status --porcelain)
if [ "$before" != "$after" ]; then
  echo "go generate changed files; commit them with the table:" >&2
  git diff --stat >&2
  exit 1
fi
