#!/usr/bin/env bash
# Uses the checked-out tree as users will: publishes it under a made-up version into a folder, and requires it from empty
# folders, without go.work. The tree is not touched, and nothing stays in the module cache.
set -euo pipefail
cd "$(dirname "$0")/.."
most=12 # lines of a user's go.sum

fail() {
  echo "consume: $*" >&2
  exit 1
}
core=$(GOWORK=off go list -m)
version=v0.999.0-consume.$(date +%s).$$
work=$(mktemp -d)
cache=$(go env GOMODCACHE)
clean() {
  for dir in "$cache/$core"*"@$version" "$cache/$core"/*"@$version"; do
    if [ -d "$dir" ]; then chmod -R u+w "$dir" && rm -rf "$dir"; fi
  done
  rm -f "$cache/cache/download/$core/@v/$version".* "$cache/cache/download/$core"/*/@v/"$version".*
  for list in "$cache/cache/download/$core/@v/list" "$cache/cache/download/$core"/*/@v/list; do
    if [ -f "$list" ]; then { grep -vx "$version" "$list" || true; } >"$work/list" && cat "$work/list" >"$list"; fi
  done
  rm -rf "$work"
}
trap clean EXIT

echo "== what the modules may say"
modules=$(GOWORK='' go list -m -f '{{.Path}} {{.Dir}}')
for dir in $(ci/modules.sh -apart); do
  modules+=$'\n'"$(sed -n 's/^module //p' "$dir/go.mod") $dir"
done
nested=$(while read -r path dir; do
  if [ "$path" != "$core" ]; then echo "$path ${dir#"$PWD"/}"; fi
done <<<"$modules")
while read -r path dir; do
  if grep -n "$path v" go.mod; then
    fail "the core requires $path, so all users would have to. Take it out of go.mod."
  fi
  # shellcheck disable=SC2046 # they are words
  if git grep --untracked -nE "^(import)?[[:space:]]*\\(?[[:space:]]*([A-Za-z0-9_.]+[[:space:]]+)?[\"\`]$path(/[^\"\`]*)?[\"\`]" -- '*.go' ':!*/testdata/*' $(awk '{ print ":!" $2 }' <<<"$nested"); then
    fail "the core imports $path, so that go mod tidy of all users wants that module. Move the file into a nested module."
  fi
done <<<"$nested"
released=$(ci/modules.sh -released)
for dir in $released; do
  if grep -nE '^[[:space:]]*(replace|exclude)|=>' "$dir/go.mod"; then
    name=${dir#"$PWD"}/go.mod
    fail "${name#/} has a replacement or an exclusion: go run ...@version refuses such a module. Replace in go.work."
  fi
done

echo "== publish $version"
ci/publish.sh "$version" "$work"
# GOPRIVATE may name the core, but what is published here comes from the folder.
export GOWORK=off GOPRIVATE='' GONOPROXY='' GOPROXY="file://$work/proxy/cache/download,$(go env GOPROXY)" GONOSUMDB="$core,$core/*" GOFLAGS="$(go env GOFLAGS) -modcacherw"
cd "$work/tree"
released=$(ci/modules.sh -released)
apart=$(ci/modules.sh -apart)

echo "== every released module by itself"
for dir in $released; do
  cd "$dir"
  name=$(go list -m)
  go mod tidy -diff ||
    fail "the requirements of $name are not what its packages need. Make the changes that the lines above show, except for version $version."
  go vet ./... || fail "$name does not build without go.work."
done

echo "== the modules with a workspace of their own"
for dir in $apart; do
  cd "$dir"
  # shellcheck disable=SC2046 # they are words
  go mod download $(sed -nE "s#^(require)?[[:space:]]+($core(/[^ ]*)?) $version( .*)?\$#\2@$version#p" go.mod)
  go mod tidy -diff ||
    fail "the requirements in ${dir#"$work/tree/"}/go.mod are not what its tests need. Make the changes that the lines above show, except for version $version."
done

echo "== a program of a user"
mkdir "$work/program"
cd "$work/program"
cat >main.go <<'GO'
// Command program is what a user begins with.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/exawire/exawire"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Println(exawire.Version)
		return
	}
	n, err := cleanUp(context.Background(), os.Args[1])
	fmt.Println(n, err)
}

func cleanUp(ctx context.Context, dsn string) (int64, error) {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer sess.Close(ctx)
	return sess.Exec(ctx, "DELETE FROM logs WHERE day < ?", "2024-01-01")
}
GO
# check LINES: the requirements are those of the core, and go.sum has no more lines.
check() {
  go mod edit -json | sed -nE 's/^.*"Path": "(.*)",$/\1/p' | grep -vx -e example.com/program -e "$core" | LC_ALL=C sort >"$work/got" || true
  (cd "$work/tree" && go mod edit -json | sed -nE 's/^.*"Path": "(.*)",$/\1/p' | LC_ALL=C sort) >"$work/want"
  strange=$(LC_ALL=C comm -23 "$work/got" "$work/want" | tr '\n' ' ')
  if [ -n "$strange" ]; then
    cat go.mod
    fail "a user's go.mod gets $strange, which the core does not require itself. Add it to the core's go.mod, or import it no more."
  fi
  lines=$(wc -l <go.sum)
  echo "go.mod requires $core and $(wc -l <"$work/got") modules that it requires, go.sum has $lines lines"
  if [ "$lines" -gt "$1" ]; then
    cat go.sum
    fail "a user's go.sum gets $lines lines, more than $1. A dependency was added: the default answer is no (CONTRIBUTING.md)."
  fi
}
go mod init example.com/program
go get "$core@$version"
go mod tidy
check $most
[ "$(go run .)" = "${version#v}" ] || fail "exawire.Version is $(go run .), not ${version#v}: ci/publish.sh has to set it."

echo "== a test of a user"
cat >main_test.go <<'GO'
package main

import (
	"testing"

	"github.com/exawire/exawire/exatest"
)

func TestCleanUp(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("DELETE FROM logs...", exatest.RowCount(7).Params(exatest.Columns("DAY DATE")...))
	if n, err := cleanUp(t.Context(), srv.DSN()); n != 7 || err != nil {
		t.Errorf("%d rows, error %v", n, err)
	}
}
GO
go mod tidy
check $most
go test ./...

echo "== programs by version"
mkdir "$work/nowhere"
cd "$work/nowhere"
go run "$core/exasqlite/cmd/exasim@$version" -version | tee "$work/exasim"
grep -q "^exasim $version " "$work/exasim" || fail "exasim does not say that it is $version."
go run "$core/examples/quickstart@$version" || fail "go run $core/examples/quickstart@version does not work."

echo "== tests of the nested modules"
cd "$work/tree"
for dir in $released; do
  if [ "$dir" != "$PWD" ]; then (cd "$dir" && go test ./...); fi
done
