# Stage 2, at every deployment: the API, the page, and what watches them.
terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  backend "s3" {
    key          = "app/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { project = "voxpop", stage = "app" }
  }
}

locals {
  on_ecs = var.platform == "ecs"

  # One description of each service, whatever it runs on.
  api = {
    name        = "service-api"
    image       = var.image_api
    port        = 8080
    health_path = "/health/ready"
    role_arn    = var.instance_role_arn
    secrets     = { VOXPOP_API_KEYS = var.api_keys_secret_arn }
    environment = merge(
      {
        AWS_DEFAULT_REGION      = var.region
        VOXPOP_API_LOG_FORMAT   = "json"
        VOXPOP_API_REFERENCE    = var.reference
        VOXPOP_REGISTRY__BUCKET = var.data_bucket
        VOXPOP_REGISTRY__NAME   = "s3"
        VOXPOP_REGISTRY__PREFIX = var.models_prefix
      },
      var.feedback_prefix == null ? {} : {
        VOXPOP_API_FEEDBACK__BUCKET = var.data_bucket
        VOXPOP_API_FEEDBACK__NAME   = "s3"
        VOXPOP_API_FEEDBACK__PREFIX = var.feedback_prefix
      },
    )
  }

  frontend = {
    name        = "service-frontend"
    image       = var.image_frontend
    port        = 7860
    health_path = "/health/live"
    role_arn    = var.frontend_role_arn
    # A key that the API knows opens the page, too: with it, one could ask the API in any case.
    secrets = { VOXPOP_UI_API_KEY = var.ui_api_key_secret_arn, VOXPOP_UI_KEYS = var.api_keys_secret_arn }
  }

  services = local.on_ecs ? {
    service-api      = one(module.ecs_api[*])
    service-frontend = one(module.ecs_frontend[*])
    } : {
    service-api      = one(module.apprunner_api[*])
    service-frontend = one(module.apprunner_frontend[*])
  }
}
