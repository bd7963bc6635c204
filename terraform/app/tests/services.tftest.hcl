# What would be made on either platform, without an account. The provider is Terraform's mock.
mock_provider "aws" {
  mock_data "aws_vpc" {
    defaults = { id = "vpc-1" }
  }
  mock_data "aws_subnets" {
    defaults = { ids = ["subnet-1", "subnet-2"] }
  }
  mock_resource "aws_lb" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/voxpop/1"
      arn_suffix = "app/voxpop/1"
      dns_name   = "voxpop-1.eu-west-1.elb.amazonaws.com"
    }
  }
  mock_resource "aws_lb_target_group" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/service/1"
      arn_suffix = "targetgroup/service/1"
    }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/voxpop/1/1" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:voxpop-alarms" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/service:1" }
  }
  mock_resource "aws_apprunner_auto_scaling_configuration_version" {
    defaults = { arn = "arn:aws:apprunner:eu-west-1:123456789012:autoscalingconfiguration/service/1/1" }
  }
  mock_resource "aws_apprunner_service" {
    defaults = { service_url = "one.eu-west-1.awsapprunner.com", service_id = "0123456789abcdef" }
  }
}

variables {
  region                = "eu-west-1"
  platform              = "apprunner"
  image_api             = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-api@sha256:0000000000000000000000000000000000000000000000000000000000000001"
  image_frontend        = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-frontend:4f1c2d3"
  data_bucket           = "acme-voxpop-data"
  models_prefix         = "models"
  instance_role_arn     = "arn:aws:iam::123456789012:role/AppRunnerInstanceRole"
  frontend_role_arn     = "arn:aws:iam::123456789012:role/AppRunnerFrontendInstanceRole"
  ecr_access_role_arn   = "arn:aws:iam::123456789012:role/AppRunnerECRAccessRole"
  api_keys_secret_arn   = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:voxpop/api-keys-abcdef"
  ui_api_key_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:voxpop/ui-api-key-abcdef"
}

run "on_app_runner" {
  assert {
    condition = (
      module.apprunner_api[0].metrics.cpu.dimensions.ServiceName == "service-api" &&
      module.apprunner_frontend[0].metrics.cpu.dimensions.ServiceName == "service-frontend"
    )
    error_message = "The services have other names."
  }

  assert {
    condition     = output.dashboard == "MLOps-Dashboard" && output.api_url == "https://one.eu-west-1.awsapprunner.com"
    error_message = "The dashboard or the API is elsewhere."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : length(widget.properties.metrics) == 2
    ]) && length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 7
    error_message = "The dashboard does not show seven metrics of both services."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["service-api-latency"].threshold == 1000
    error_message = "App Runner gives milliseconds."
  }

  assert {
    condition     = !contains(output.alarms, "service-api-instances") && !contains(output.alarms, "service-balancer-errors") && output.load_balancer == null
    error_message = "App Runner counts no idle instance, and has no load balancer of ours."
  }

  assert {
    condition     = length(aws_lb.this) == 0 && length(aws_ecs_cluster.this) == 0
    error_message = "Something of ECS is made on App Runner."
  }
}

run "on_ecs" {
  variables {
    platform        = "ecs"
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
    host            = "voxpop.example.com"
  }

  assert {
    condition     = output.api_url == "https://voxpop.example.com:8443" && output.frontend_url == "https://voxpop.example.com:443"
    error_message = "The services answer elsewhere."
  }

  assert {
    condition     = output.dashboard == "MLOps-Dashboard" && length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 7
    error_message = "The dashboard is another one than on App Runner."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["service-api-latency"].threshold == 1
    error_message = "The load balancer gives seconds."
  }

  assert {
    condition     = contains(output.alarms, "service-api-instances") && contains(output.alarms, "service-balancer-errors") && length(output.alarms) == 10
    error_message = "An alarm is missing."
  }

  assert {
    condition     = output.load_balancer.dns_name == "voxpop-1.eu-west-1.elb.amazonaws.com"
    error_message = "Nobody learns where the host must lead."
  }

  assert {
    condition     = length(one([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if startswith(widget.properties.title, "Answers 5xx")])) == 3
    error_message = "The load balancer's own answers are not shown."
  }

  assert {
    condition     = length(module.apprunner_api) == 0
    error_message = "Something of App Runner is made on ECS."
  }
}

run "latest_is_refused" {
  command = plan

  variables {
    image_api      = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-api:latest"
    image_frontend = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-frontend"
  }

  expect_failures = [var.image_api, var.image_frontend]
}

run "no_clear_text_by_accident" {
  command = plan

  variables {
    platform = "ecs"
  }

  expect_failures = [var.allow_http]
}

run "numbers_that_no_platform_has" {
  command = plan

  variables {
    memory_mb       = 512
    min_instances   = 5
    max_concurrency = 500
  }

  expect_failures = [var.memory_mb, var.min_instances, var.max_concurrency]
}

run "a_network_and_a_certificate_by_halves" {
  command = plan

  variables {
    platform        = "ecs"
    allow_http      = true
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
    vpc_id          = "vpc-1"
  }

  expect_failures = [var.certificate_arn, var.subnet_ids]
}
