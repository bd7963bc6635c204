module "apprunner_api" {
  source = "../modules/apprunner"
  count  = local.on_ecs ? 0 : 1

  name              = local.api.name
  image             = local.api.image
  port              = local.api.port
  health_path       = local.api.health_path
  environment       = local.api.environment
  secrets           = local.api.secrets
  instance_role_arn = local.api.role_arn
  pull_role_arn     = var.ecr_access_role_arn
  cpu               = var.cpu
  memory_mb         = var.memory_mb
  min_instances     = var.min_instances
  max_instances     = var.max_instances
  max_concurrency   = var.max_concurrency
}

module "apprunner_frontend" {
  source = "../modules/apprunner"
  count  = local.on_ecs ? 0 : 1

  name              = local.frontend.name
  image             = local.frontend.image
  port              = local.frontend.port
  health_path       = local.frontend.health_path
  environment       = { VOXPOP_UI_API_URL = module.apprunner_api[0].url }
  secrets           = local.frontend.secrets
  instance_role_arn = local.frontend.role_arn
  pull_role_arn     = var.ecr_access_role_arn
  cpu               = var.cpu
  memory_mb         = var.memory_mb
  # An analysed file is in the memory of one instance, and App Runner sends a caller to any.
  min_instances   = 1
  max_instances   = 1
  max_concurrency = 200
}
