#!/usr/bin/env bash
# Deploys the images that scripts/push_images.py has written down, and sees to it that they answer:
#   STATE_BUCKET=... AWS_REGION=... SMOKE_KEY=... scripts/deploy.sh deploy
#   API_URL=https://... VERSION=v-... SMOKE_KEY=... scripts/deploy.sh smoke-test
# `deploy` plans terraform/app, waiting up to LOCK_TIMEOUT (10m) for who else holds its lock, applies
# that very plan, looks whether the platform kept the images, and asks the API and the page. If one of
# these fails after something was changed, it brings back the images of before in the same way, and
# fails. `smoke-test` only asks: what is deployed, or API_URL, which needs no state; for the version
# VERSION if that is set. `rollback` brings back the images of before the last `deploy` of this checkout.
# Exit statuses: 0 done, 1 it failed, 2 a mistake in the call, 3 nothing was changed: it could not be
# planned, or the plan could not be applied, 130 it was told to end and has left things as they are.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/signals.sh

readonly delivery=build/delivery
readonly images=$delivery/images.tfvars.json before=$delivery/before.tfvars.json
say() { echo "deploy.sh: $*" >&2; }
stage() { scripts/terraform_stage.sh "$@"; }
# Once a stage was read here, Terraform knows where the state is.
terraform() { scripts/terraform_mirror.sh terraform -chdir=terraform/app "$@"; }
# shellcheck disable=SC2329 # in_order runs it
locked() { terraform "$1" -no-color -lock-timeout="${LOCK_TIMEOUT:-10m}" "${@:2}"; }

plan() { # plan FILE: what has its images run
  in_order locked plan -out="$PWD/$delivery/app.plan" -var-file="../../$1"
}

# shellcheck disable=SC2329 # in_order runs it
logged_apply() {
  # tee goes on when Terraform is told to end: without somebody who reads, Terraform would break off.
  locked apply "$PWD/$delivery/app.plan" 2>&1 | tee -i "$delivery/apply.log"
}

apply() { # what was planned; 3 if that has changed nothing
  local status=0
  in_order logged_apply || status=$?
  # Terraform fails in the same way when it is refused the lock, or finds another state than it planned
  # for, and when a service cannot be changed; only then it has begun with one.
  if [ "$status" = 1 ] && ! grep -qE ': (Creat|Modify|Destroy)ing\.\.\.' "$delivery/apply.log"; then
    return 3
  fi
  return "$status"
}

# Both platforms go back by themselves to what ran before when the new does not become healthy, and
# Terraform takes that for a success. A second plan shows it.
kept() { # kept FILE: its images still are what runs
  in_order terraform plan -no-color -lock=false -var-file="../../$1" > "$delivery/kept.log" || return 1
  if grep -E '^ +~ (image_identifier|task_definition) +=' "$delivery/kept.log" >&2; then
    say "the platform went back to what ran before: the new did not become healthy"
    return 1
  fi
}

ask() { in_order "${PYTHON:-python3}" scripts/smoke_test.py "$@"; }

smoke_test() { # smoke_test OPTION...: of smoke_test.py
  local api page
  api=$(terraform output -raw api_url) || return 1
  page=$(terraform output -raw frontend_url) || return 1
  ask "$api" --page "$page" "$@"
}

rollback() {
  if [ ! -s "$before" ]; then
    say "nothing was deployed before: there is nothing to go back to"
    return 1
  fi
  if [ "$(cat "$before")" = "$(cat "$images")" ]; then
    say "the same images were deployed before: there is nothing to go back to"
    return 1
  fi
  stage output app > /dev/null || return 1
  say "going back to $(cat "$before")"
  local status=3
  if plan "$before"; then
    status=0
    apply || status=$?
    if [ "$status" = 0 ] && kept "$before" && smoke_test; then
      say "the images of before answer again"
      return 0
    fi
  fi
  say "going back has failed, too: look at the services"
  return $((status == 0 ? 1 : status))
}

deploy() {
  if [ ! -s "$images" ]; then
    say "no images were pushed from here: run make push-images"
    return 2
  fi
  local deployed revision="" status=0
  if [ -s "$delivery/revision" ]; then revision=$(cat "$delivery/revision"); fi
  deployed=$(stage output app -json) || return 3
  plan "$images" || {
    say "nothing was changed: there is no plan"
    return 3
  }
  if [ "$deployed" = "{}" ]; then
    say "this is the first deployment"
    rm -f "$before"
  else
    terraform output -json images > "$before" || return 3
  fi
  apply || status=$?
  if [ "$status" = 3 ]; then
    say "nothing was changed: the plan could not be applied"
    return 3
  fi
  # What ran before answers as well as ever, so the answers have to come from this very build.
  if [ "$status" = 0 ] && kept "$images" && smoke_test ${revision:+--revision "$revision"}; then
    say "deployed $(cat "$images")"
    return 0
  fi
  if [ -n "$stopped" ]; then return 1; fi
  say "this deployment has failed"
  rollback || true
  return 1
}

if [ -z "${SMOKE_KEY:-}" ]; then
  say "SMOKE_KEY is not set: the API would not answer the smoke test"
  exit 2
fi
unset PLAN # what is applied is what is planned then and there
status=0
case "${1:-}" in
  deploy) deploy || status=$? ;;
  smoke-test)
    if [ -n "${API_URL:-}" ]; then
      ask "$API_URL" ${VERSION:+--version "$VERSION"} || status=$?
    else
      stage output app > /dev/null
      smoke_test ${VERSION:+--version "$VERSION"} || status=$?
    fi
    ;;
  rollback) rollback || status=$? ;;
  *)
    say "say deploy, smoke-test or rollback"
    exit 2
    ;;
esac
if [ -n "$stopped" ]; then
  say "told to end: things are left as they are; make unlock STAGE=app tells whether the lock is, too"
  exit 130
fi
exit "$status"
