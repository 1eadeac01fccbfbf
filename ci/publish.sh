#!/usr/bin/env bash
# Publishes the checked-out tree under a version, in a folder of its own: ci/publish.sh VERSION FOLDER.
#
# FOLDER/tree becomes a repository with the files that git knows or would add, changes included, in which the version is set
# in all modules and each released module has its tag. FOLDER/proxy/cache/download becomes a GOPROXY with these modules.
# Their archives are made by the go command from the tags, as they will be for users; so the hashes that go into the
# go.sum files are those that users will see.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
mkdir -p "$2/tree" "$2/proxy" "$2/empty"
out=$(cd "$2" && pwd)
tree=$out/tree
if [[ $PWD$out =~ [[:space:]] ]]; then
  echo "publish: there is white space in $PWD or $out. Take folders without." >&2
  exit 1
fi
export GOWORK='' GOPRIVATE='' GONOPROXY='' # the workspace of this folder and the proxies named below, whatever the environment says

git init -q "$tree"
git ls-files -z --cached --others --exclude-standard --deduplicate |
  while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
  done |
  git --literal-pathspecs --git-dir="$tree/.git" --work-tree=. add --force --pathspec-from-file=- --pathspec-file-nul
git -C "$tree" checkout-index --all
commit() {
  git -C "$tree" -c user.name=exawire -c user.email=exawire@localhost -c commit.gpgsign=false commit -q --allow-empty -am "$1"
}
commit "the tree"

# rewrite FILE EXPRESSION is sed -i, which is not the same everywhere.
rewrite() {
  sed -E "$2" "$1" >"$out/rewritten"
  cat "$out/rewritten" >"$1"
}

cd "$tree"
constant=$(grep -lE '^const Version = "' ./*.go) || constant=
if [ "$(wc -l <<<"$constant")" != 1 ] || [ -z "$constant" ]; then
  echo "publish: one file of the core has to say: const Version = \"...\"; found: $constant" >&2
  exit 1
fi
rewrite "$constant" "s|^const Version = .*|const Version = \"${version#v}\"|"

# Requirements of all modules and replacements of the workspaces. Hashes of former versions go.
go list -m -f '{{.Path}} {{.Dir}}' >"$out/modules"
while read -r path _; do
  for file in go.work */go.work go.mod */go.mod; do
    rewrite "$file" "s#(^|[[:space:]])($path) v[^[:space:]]+#\1\2 $version#"
  done
  for file in go.sum */go.sum; do
    rewrite "$file" "\#^$path v#d"
  done
done <"$out/modules"

# fetch PATH puts a module whose tag was set into the GOPROXY.
root=$(go list -m -f '{{.Path}}' | head -n 1)
fetch() (
  cd "$out/empty"
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$tree.insteadOf" GIT_CONFIG_VALUE_0="https://$root"
  GOWORK=off GOFLAGS=-modcacherw GOMODCACHE=$out/proxy GOPROXY=direct GOSUMDB=off go mod download "$1@$version"
)

released=$(ci/modules.sh -released)
for dir in $released; do
  path=$(awk -v dir="$dir" '$2 == dir { print $1 }' "$out/modules")
  required=$(awk '{ print $1 }' "$out/modules" | while read -r other; do
    if [ "$other" != "$path" ] && grep -q "[[:space:]]$other $version\$" "$dir/go.mod"; then echo "$other"; fi
  done)
  if [ -n "$required" ]; then # the hashes of what was published before
    # shellcheck disable=SC2086 # they are words
    (cd "$dir" && GOWORK=off GOFLAGS=-modcacherw GOMODCACHE=$out/proxy GONOSUMDB=$root,$root/* \
      GOPROXY="file://$out/proxy/cache/download,file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" go mod download $required)
  fi
  commit "$path $version"
  folder=${dir#"$tree"}
  folder=${folder#/}
  git tag "${folder:+$folder/}$version"
  fetch "$path"
done
