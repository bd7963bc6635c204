#!/usr/bin/env bash
# Writes the variables of a stage of Terraform that are told as JSON where Terraform finds them:
#   scripts/told_variables.sh STAGE JSON
# Nothing is written when nothing is told. Exit statuses: 0 done, 2 that is no JSON object.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "$2" ]; then exit 0; fi
python3 -c 'import json, sys; sys.exit(not isinstance(json.loads(sys.argv[1]), dict))' "$2" \
  2> /dev/null || {
  echo "told_variables.sh: the variables of terraform/$1 have to be one JSON object" >&2
  exit 2
}
printf '%s\n' "$2" > "terraform/$1/infra.auto.tfvars.json"
