#!/usr/bin/env bash
# Runs a command with Terraform's providers taken from a folder of this machine, if it has one:
#   scripts/terraform_mirror.sh terraform -chdir=terraform/app init
# Such a folder is a filesystem mirror (`terraform providers mirror`). Without one, or where
# TF_CLI_ARGS_init is set already, the command runs as it is and Terraform asks its registry.
set -euo pipefail

export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
# Terraform warns at every command of a file that it is told of and that is not there.
if [ ! -e "${TF_CLI_CONFIG_FILE:-}" ]; then unset TF_CLI_CONFIG_FILE; fi

if [ -z "${TF_CLI_ARGS_init:-}" ]; then
  for folder in "${TF_PLUGIN_DIR:-}" "$HOME/.terraform.d/plugins" \
    /usr/local/share/terraform/plugins /usr/share/terraform/plugins /opt/*; do
    if [ -n "$folder" ] && [ -d "$folder/registry.terraform.io/hashicorp/aws" ]; then
      export TF_CLI_ARGS_init="-plugin-dir=$folder"
      break
    fi
  done
fi
exec "$@"
