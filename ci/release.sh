#!/usr/bin/env bash
# Makes a release of what is checked out: ci/release.sh vX.Y.Z [-dry-run]. It sets the version in all modules, commits that
# and tags every released module. It pushes nothing. With -dry-run it only shows what it would commit. See RELEASING.md.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-}
mode=${2:-}

fail() {
  echo "release: $*" >&2
  exit 1
}
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "usage: ci/release.sh vX.Y.Z [-dry-run]"
[ -z "$mode" ] || [ "$mode" = -dry-run ] || fail "unknown argument $mode"
[ -z "$(git status --porcelain)" ] || fail "the tree has changes: commit them, or put them away."
[ -z "$(git tag --list "$version" "*/$version")" ] || fail "there is a tag of $version already. A version is never made twice: take the next one."
grep -qE "^## \\[?${version#v}\\]?( |\$)" CHANGELOG.md || fail "CHANGELOG.md has no section \"## ${version#v}\"."

echo "== can it be used?"
ci/consume.sh

echo "== set $version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ci/publish.sh "$version" "$work"
first=$(git -C "$work/tree" rev-list --max-parents=0 HEAD)
git -C "$work/tree" --no-pager diff "$first" HEAD
[ "$(git rev-parse 'HEAD^{tree}')" = "$(git -C "$work/tree" rev-parse "$first^{tree}")" ] ||
  fail "what was published is not what is checked out: are there files that git is told to ignore only here?"
if [ "$mode" = -dry-run ]; then
  echo "== would tag" $(git -C "$work/tree" tag)
  exit 0
fi

git -C "$work/tree" diff --name-only "$first" HEAD | while IFS= read -r file; do
  cat "$work/tree/$file" >"$file"
  git add "$file"
done
git commit -q --allow-empty -m "release $version"
[ "$(git rev-parse 'HEAD^{tree}')" = "$(git -C "$work/tree" rev-parse 'HEAD^{tree}')" ] ||
  fail "the commit is not what was published, and has no tags: go back with git reset --hard HEAD~1 and look at git diff."
tags=$(git -C "$work/tree" tag)
for tag in $tags; do
  git tag -a -m "exawire $version" "$tag"
done
echo "== $version is committed and tagged; push it with"
echo git push --atomic origin HEAD $tags
