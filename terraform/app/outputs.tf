output "api_url" {
  description = "Where the API answers"
  value       = local.services["service-api"].url
}

output "frontend_url" {
  description = "Where the page is"
  value       = local.services["service-frontend"].url
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
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}
