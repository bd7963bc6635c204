#!/usr/bin/env bash
# Plans or applies a stage of Terraform, whose state is in a bucket, shows its outputs, or unlocks it:
#   STATE_BUCKET=... AWS_REGION=... scripts/terraform_stage.sh plan infra
#   STATE_BUCKET=... AWS_REGION=... PLAN=sha256 scripts/terraform_stage.sh apply infra
#   STATE_BUCKET=... AWS_REGION=... scripts/terraform_stage.sh output app -raw api_url
#   STATE_BUCKET=... AWS_REGION=... LOCK=ID scripts/terraform_stage.sh unlock app
# Variables come from TF_VAR_... and *.tfvars files; what follows is handed to Terraform. `plan`
# changes and locks nothing, and writes what it would do to build/terraform/STAGE.txt and that text's
# sha256 to STAGE.sha256. `apply` plans anew and goes on only if what it would do is still what PLAN
# names; without PLAN it goes on at once. `unlock` takes away the lock LOCK, which whoever held it can
# no longer give back; without LOCK it tells who holds it.
# Exit statuses: 0 done, 1 it failed, 2 a mistake in the call, 3 the plan is another one by now,
# 130 it was told to end.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/signals.sh

action=${1:-} stage=${2:-}
case "$action/$stage" in
  plan/infra | plan/app | apply/infra | apply/app | output/infra | output/app) ;;
  unlock/infra | unlock/app) ;;
  *)
    echo "terraform_stage.sh: say plan, apply, output or unlock, and infra or app" >&2
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
if [ "$action" = unlock ] && [ -n "${LOCK:-}" ]; then
  terraform force-unlock -no-color -force "$LOCK"
  exit 0
fi
if [ "$action" = unlock ]; then
  # Terraform has no command that shows a lock, but tells of the one that it finds in place of another.
  terraform force-unlock -no-color -force none > "$out/$stage.lock" 2>&1 || true
  if id=$(grep -m 1 -E '^ +ID: ' "$out/$stage.lock"); then
    sed -n '/Lock Info/,$p' "$out/$stage.lock"
    echo "When nobody applies terraform/$stage any more, free it where STATE_BUCKET and AWS_REGION are set:"
    echo "  make unlock STAGE=$stage LOCK=${id##* }"
  elif grep -q NoSuchKey "$out/$stage.lock"; then
    echo "Nobody holds the lock of terraform/$stage."
  else
    cat "$out/$stage.lock" >&2
    exit 1
  fi
  exit 0
fi
if [ "$action" = apply ] && [ -z "${PLAN:-}" ]; then
  in_order terraform apply -no-color -auto-approve "${@:3}"
  exit 0
fi
lock=true
if [ "$action" = plan ]; then lock=false; fi
planned=0
in_order terraform plan -no-color -lock="$lock" -out="$out/$stage.plan" "${@:3}" \
  > "$out/$stage.log" || planned=$?
if [ "$planned" != 0 ]; then
  cat "$out/$stage.log" >&2
  exit "$planned"
fi
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
in_order terraform apply -no-color -auto-approve "$out/$stage.plan"
