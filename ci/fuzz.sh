#!/usr/bin/env bash
# Fuzzes every target for a short time: ci/fuzz.sh [how long per target, default 4000x].
# The default counts runs because a target that is stopped by the clock may report the passed deadline as its failure. Targets
# whose runs take long say how often they are run instead, above the function: //fuzz:runs 1000x
set -euo pipefail
cd "$(dirname "$0")/.."
# runs DIR TARGET prints what a target says.
runs() {
  cat "$1"/*_test.go | awk -v target="func $2(" '
    $1 == "//fuzz:runs" { runs = $2 }
    index($0, "func ") == 1 { if (index($0, target) == 1) print runs; runs = "" }'
}
# What go test -fuzz does, but each package is built once for all of its targets.
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for module in $(ci/modules.sh) $(ci/modules.sh -apart); do
  packages=$(cd "$module" && go list -f '{{.Dir}} {{.ImportPath}}' ./...)
  while read -r dir path; do
    targets=$(find "$dir" -maxdepth 1 -name '*_test.go' -exec sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' {} + | sort -u)
    if [ -z "$targets" ]; then continue; fi
    (cd "$dir" && go test -c -fuzz . -o "$bin/test" .)
    for target in $targets; do
      time=${1:-$(runs "$dir" "$target")}
      echo "fuzz ${dir#"$PWD"/} $target"
      (cd "$dir" && "$bin/test" -test.paniconexit0 -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${time:-4000x}" \
        -test.fuzzminimizetime 10x -test.fuzzcachedir "$(go env GOCACHE)/fuzz/$path" </dev/null)
    done
  done <<<"$packages"
done
