#!/usr/bin/env bash
# Deploys the images that scripts/push_images.py has written down, and sees to it that they answer:
#   STATE_BUCKET=... AWS_REGION=... SMOKE_KEY=... scripts/deploy.sh deploy
# `deploy` applies terraform/app, looks whether the platform kept the images, and asks the API and the
# page. If one of these fails, it brings back the images of before in the same way, and fails.
# `smoke-test` only asks; `rollback` brings back the images of before the last `deploy` of this checkout.
# Exit statuses: 0 done, 1 it failed, 2 a mistake in the call.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly images=build/delivery/images.tfvars.json before=build/delivery/before.tfvars.json
say() { echo "deploy.sh: $*" >&2; }
stage() { scripts/terraform_stage.sh "$@"; }
# Once a stage was applied or read here, Terraform knows where the state is.
terraform() { scripts/terraform_mirror.sh terraform -chdir=terraform/app "$@"; }

# Both platforms go back by themselves to what ran before when the new does not become healthy, and
# Terraform takes that for a success. A second plan shows it.
kept() { # kept FILE: its images still are what runs
  local plan
  plan=$(terraform plan -no-color -lock=false -var-file="../../$1") || return 1
  if grep -E '^ +~ (image_identifier|task_definition) +=' <<< "$plan" >&2; then
    say "the platform went back to what ran before: the new did not become healthy"
    return 1
  fi
}

smoke_test() {
  local api page
  api=$(terraform output -raw api_url) || return 1
  page=$(terraform output -raw frontend_url) || return 1
  "${PYTHON:-python3}" scripts/smoke_test.py "$api" --page "$page"
}

bring() { # bring FILE: have its images run, and answer
  stage apply app -var-file="../../$1" && kept "$1" && smoke_test
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
  say "going back to $(cat "$before")"
  bring "$before" || {
    say "going back has failed, too: look at the services"
    return 1
  }
  say "the images of before answer again"
}

deploy() {
  if [ ! -s "$images" ]; then
    say "no images were pushed from here: run make push-images"
    return 2
  fi
  rm -f "$before"
  local deployed
  deployed=$(stage output app -json) || return 1
  if [ "$deployed" = "{}" ]; then
    say "this is the first deployment"
  else
    terraform output -json images > "$before" || return 1
  fi
  if bring "$images"; then
    say "deployed $(cat "$images")"
    return 0
  fi
  say "this deployment has failed"
  rollback || true
  return 1
}

if [ -z "${SMOKE_KEY:-}" ]; then
  say "SMOKE_KEY is not set: the API would not answer the smoke test"
  exit 2
fi
unset PLAN # what is applied is what is planned then and there
case "${1:-}" in
  deploy) deploy ;;
  smoke-test)
    stage output app > /dev/null
    smoke_test
    ;;
  rollback) rollback ;;
  *)
    say "say deploy, smoke-test or rollback"
    exit 2
    ;;
esac
