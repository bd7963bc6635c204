# Stage 1, once an account: what images, models and the state live in, and who may do what.
# terraform/app is stage 2, applied at every deployment.
terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The bucket is this stage's own; docs/aws.md says how the first apply goes.
  backend "s3" {
    key          = "infra/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { project = "voxpop", stage = "infra" }
  }
}

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  # ARNs are written out where a policy names them: policies are then known, and tested, before
  # anything exists.
  data_arn  = "arn:aws:s3:::${var.data_bucket}"
  state_arn = "arn:aws:s3:::${var.state_bucket}"
  ecr_arns  = [for name in local.repositories : "arn:aws:ecr:${var.region}:${local.account}:repository/${name}"]
  role_arns = { for name in local.roles : name => "arn:aws:iam::${local.account}:role/${name}" }

  repositories = toset(["ecr-api", "ecr-frontend"])
  roles        = toset(["AppRunnerInstanceRole", "AppRunnerFrontendInstanceRole", "AppRunnerECRAccessRole"])
  on_ecs       = var.platform == "ecs"
}

module "state" {
  source = "../modules/bucket"

  name                   = var.state_bucket
  keep_old_versions_days = 365
  short_lived_prefixes   = ["infra/terraform.tfstate.tflock", "app/terraform.tfstate.tflock"]
}

module "data" {
  source = "../modules/bucket"

  name                   = var.data_bucket
  keep_old_versions_days = var.keep_old_versions_days
}
