#!/usr/bin/env bash
# Plans or applies a stage of Terraform, whose state is in a bucket, or shows its outputs:
#   STATE_BUCKET=... AWS_REGION=... scripts/terraform_stage.sh plan infra
#   STATE_BUCKET=... AWS_REGION=... PLAN=sha256 scripts/terraform_stage.sh apply infra
#   STATE_BUCKET=... AWS_REGION=... scripts/terraform_stage.sh output app -raw api_url
# Variables come from TF_VAR_... and *.tfvars files; what follows is handed to Terraform. `plan` changes and locks nothing, and writes what it
# would do to build/terraform/STAGE.txt and that text's sha256 to STAGE.sha256. `apply` plans anew and
# goes on only if what it would do is still what PLAN names; without PLAN it goes on at once.
# Exit statuses: 0 done, 1 it failed, 2 a mistake in the call, 3 the plan is another one by now.
set -euo pipefail
cd "$(dirname "$0")/.."

action=${1:-} stage=${2:-}
case "$action/$stage" in
  plan/infra | plan/app | apply/infra | apply/app | output/infra | output/app) ;;
  *)
    echo "terraform_stage.sh: say plan, apply or output, and infra or app" >&2
    exit 2
    ;;
esac
for name in STATE_BUCKET AWS_REGION; do
  if [ -z "${!name:-}" ]; then
    echo "terraform_stage.sh: $name is not set" >&2
    exit 2
  fi
done

out=$PWD/build/terraform
mkdir -p "$out"
terraform() { scripts/terraform_mirror.sh terraform -chdir="terraform/$stage" "$@"; }

terraform init -no-color -lockfile=readonly -reconfigure \
  -backend-config="bucket=$STATE_BUCKET" -backend-config="region=$AWS_REGION" > "$out/$stage.init"
if [ "$action" = output ]; then
  terraform output -no-color "${@:3}"
  exit 0
fi
if [ "$action" = apply ] && [ -z "${PLAN:-}" ]; then
  terraform apply -no-color -auto-approve "${@:3}"
  exit 0
fi
lock=true
if [ "$action" = plan ]; then lock=false; fi
terraform plan -no-color -lock="$lock" -out="$out/$stage.plan" "${@:3}" > "$out/$stage.log" || {
  cat "$out/$stage.log" >&2
  exit 1
}
terraform show -no-color "$out/$stage.plan" > "$out/$stage.txt"
sha256sum < "$out/$stage.txt" | cut -d ' ' -f 1 > "$out/$stage.sha256"

if [ "$action" = plan ]; then
  cat "$out/$stage.txt"
  exit 0
fi
if [ "$PLAN" != "$(cat "$out/$stage.sha256")" ]; then
  cat "$out/$stage.txt" >&2
  echo "terraform_stage.sh: this is another plan than the one that was seen: look again" >&2
  exit 3
fi
terraform apply -no-color -auto-approve "$out/$stage.plan"
