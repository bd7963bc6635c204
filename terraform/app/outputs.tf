output "api_url" {
  description = "Where the API answers"
  value       = local.services["service-api"].url
}

output "frontend_url" {
  description = "Where the page is"
  value       = local.services["service-frontend"].url
}

output "load_balancer" {
  description = "ECS: where the DNS record of `host` must lead, and the hosted zone for an alias of Route 53; null on App Runner"
  value       = local.on_ecs ? { dns_name = local.load_balancer.dns_name, zone_id = local.load_balancer.zone_id } : null
}

output "images" {
  description = "What is deployed; handed to an earlier deployment's values, it is the rollback"
  value       = { image_api = var.image_api, image_frontend = var.image_frontend }
}

output "dashboard" {
  description = "The dashboard's name"
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "alarms" {
  description = "The alarms' names"
  value = sort([
    for alarm in concat(values(aws_cloudwatch_metric_alarm.this), aws_cloudwatch_metric_alarm.balancer) : alarm.alarm_name
  ])
}
