#!/usr/bin/env bash
# Fuzzes every target for a short time: ci/fuzz.sh [how long per target, default 4000x].
# The default counts runs because a target that is stopped by the clock may report the passed deadline as its failure.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-4000x}
for module in $(ci/modules.sh) $(ci/modules.sh -apart); do
  for dir in $(cd "$module" && go list -f '{{.Dir}}' ./...); do
    for target in $(cat "$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' | sort -u); do
      echo "fuzz ${dir#"$PWD"/} $target"
      (cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x .)
    done
  done
done
