#!/usr/bin/env bash
# Prints the folder of every module of the workspace, one a line, each after those that it requires. With -released it
# leaves out the modules whose go.mod says "not released": those are for work on exawire, and users do not get them. With
# -apart it prints the modules that have a workspace of their own instead; none of them is released.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK='' # the workspace of this folder, whatever the environment says
if [ "${1:-}" = -apart ]; then
  for file in "$PWD"/*/go.work; do
    if [ -e "$file" ]; then dirname "$file"; fi
  done
  exit 0
fi
all=$(go list -m -f '{{.Path}} {{.Dir}}')
order=$(while read -r path dir; do
  echo "$path $path"
  while read -r other _; do
    if grep -qE "^[[:space:]]*(require[[:space:]]+)?$other v" "$dir/go.mod"; then echo "$other $path"; fi
  done <<<"$all"
done <<<"$all" | tsort)
for path in $order; do
  dir=$(awk -v path="$path" '$1 == path { print $2 }' <<<"$all")
  if [ "${1:-}" = -released ] && grep -q '^// .*not released' "$dir/go.mod"; then continue; fi
  echo "$dir"
done
