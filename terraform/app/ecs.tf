data "aws_vpc" "this" {
  count = local.on_ecs ? 1 : 0

  id      = var.vpc_id
  default = var.vpc_id == null ? true : null
}

data "aws_subnets" "this" {
  count = local.on_ecs && var.subnet_ids == null ? 1 : 0

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this[0].id]
  }

  # One public subnet a zone, as AWS made them: a load balancer refuses two of one zone.
  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

locals {
  subnet_ids = local.on_ecs ? coalesce(var.subnet_ids, try(data.aws_subnets.this[0].ids, null)) : []
  tls        = var.certificate_arn != null
  ports      = local.tls ? { api = 8443, frontend = 443 } : { api = 8080, frontend = 80 }
  callers    = { api = var.api_allowed_cidrs, frontend = var.allowed_cidrs }
}

resource "aws_ecs_cluster" "this" {
  # checkov:skip=CKV_AWS_65: dashboard and alarms read what ECS and the load balancer count for nothing
  count = local.on_ecs ? 1 : 0

  name = "voxpop"

  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

resource "aws_security_group" "balancer" {
  # checkov:skip=CKV_AWS_260: port 80 is open only without a certificate, which allow_http asks for
  # checkov:skip=CKV_AWS_382: the health checks and requests go to tasks, whose addresses change
  count = local.on_ecs ? 1 : 0

  name        = "voxpop-balancer"
  description = "Voxpop: who may call"
  vpc_id      = data.aws_vpc.this[0].id

  dynamic "ingress" {
    for_each = local.ports

    content {
      description = ingress.key
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = local.callers[ingress.key]
    }
  }

  egress {
    description = "The containers"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_91: each service logs its requests itself when it is told to
  # checkov:skip=CKV_AWS_150: a teardown shall be one command; nothing is kept here
  # checkov:skip=CKV2_AWS_20: no listener answers plain HTTP where there is a certificate
  # checkov:skip=CKV2_AWS_28: the API asks for keys and limits rates; a firewall is a decision of cost
  count = local.on_ecs ? 1 : 0

  name                       = "voxpop"
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer[0].id]
  subnets                    = local.subnet_ids
  drop_invalid_header_fields = true
  # Less than the 75 s for which the containers keep an idle connection: one that they close first may
  # be used once more meanwhile, which is a 502.
  idle_timeout = 60
}

locals {
  load_balancer = local.on_ecs ? {
    arn               = aws_lb.this[0].arn
    arn_suffix        = aws_lb.this[0].arn_suffix
    dns_name          = aws_lb.this[0].dns_name
    zone_id           = aws_lb.this[0].zone_id
    host              = coalesce(var.host, aws_lb.this[0].dns_name)
    security_group_id = aws_security_group.balancer[0].id
  } : null
}

module "ecs_api" {
  source = "../modules/ecs"
  count  = local.on_ecs ? 1 : 0

  name                    = local.api.name
  image                   = local.api.image
  port                    = local.api.port
  health_path             = local.api.health_path
  environment             = local.api.environment
  secrets                 = local.api.secrets
  instance_role_arn       = local.api.role_arn
  pull_role_arn           = var.ecr_access_role_arn
  cpu                     = var.cpu
  memory_mb               = var.memory_mb
  min_instances           = var.min_instances
  max_instances           = var.max_instances
  max_requests_per_minute = var.max_requests_per_minute
  region                  = var.region
  cluster_name            = aws_ecs_cluster.this[0].name
  vpc_id                  = data.aws_vpc.this[0].id
  subnet_ids              = local.subnet_ids
  load_balancer           = local.load_balancer
  listen_port             = local.ports.api
  certificate_arn         = var.certificate_arn
  sticky                  = false
  wait_for_steady_state   = var.wait_for_steady_state
}

module "ecs_frontend" {
  source = "../modules/ecs"
  count  = local.on_ecs ? 1 : 0

  name              = local.frontend.name
  image             = local.frontend.image
  port              = local.frontend.port
  health_path       = local.frontend.health_path
  environment       = { VOXPOP_UI_API_URL = module.ecs_api[0].url }
  secrets           = local.frontend.secrets
  instance_role_arn = local.frontend.role_arn
  pull_role_arn     = var.ecr_access_role_arn
  cpu               = var.cpu
  memory_mb         = var.memory_mb
  # An analysed file is in the memory of the instance that did it, and its link is handed around.
  min_instances           = 1
  max_instances           = 1
  max_requests_per_minute = var.max_requests_per_minute
  region                  = var.region
  cluster_name            = aws_ecs_cluster.this[0].name
  vpc_id                  = data.aws_vpc.this[0].id
  subnet_ids              = local.subnet_ids
  load_balancer           = local.load_balancer
  listen_port             = local.ports.frontend
  certificate_arn         = var.certificate_arn
  sticky                  = true # while a deployment has two
  wait_for_steady_state   = var.wait_for_steady_state
}
