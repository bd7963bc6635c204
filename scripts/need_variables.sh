#!/usr/bin/env bash
# Names all variables that are empty, so that a workflow ends before it has built anything:
#   scripts/need_variables.sh NAME...
# Exit statuses: 0 none is, 2 some are.
set -euo pipefail

missing=()
for name in "$@"; do
  if [ -z "${!name:-}" ]; then missing+=("$name"); fi
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "need_variables.sh: set these variables of the repository or the environment first, as" \
    "docs/aws.md has them: ${missing[*]}" >&2
  exit 2
fi
