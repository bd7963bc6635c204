#!/usr/bin/env bash
# Prints a plan for the summary of a workflow, which GitHub drops as a whole above 1 MiB:
#   scripts/plan_summary.sh FILE >> "$GITHUB_STEP_SUMMARY"
set -euo pipefail

readonly most=900000 # bytes: the other steps have their share
echo '```'
head -c "$most" "$1"
printf '\n```\n'
if [ "$(wc -c < "$1")" -gt "$most" ]; then
  echo "That is the beginning: the log of this step has the whole plan."
fi
