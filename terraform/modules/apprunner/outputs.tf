output "url" {
  description = "Where the service answers"
  value       = "https://${aws_apprunner_service.this.service_url}"
}

output "metrics" {
  description = "The service's metrics in CloudWatch: namespace, name, dimensions and statistic of each"
  value = {
    for key, metric in {
      cpu       = ["CPUUtilization", "Average"]
      memory    = ["MemoryUtilization", "Average"]
      requests  = ["Requests", "Sum"]
      latency   = ["RequestLatency", "p95"]
      errors4xx = ["4xxStatusResponses", "Sum"]
      errors5xx = ["5xxStatusResponses", "Sum"]
      instances = ["ActiveInstances", "Average"]
      } : key => {
      namespace = "AWS/AppRunner"
      name      = metric[0]
      statistic = metric[1]
      dimensions = {
        ServiceName = aws_apprunner_service.this.service_name
        ServiceID   = aws_apprunner_service.this.service_id
      }
    }
  }
}

output "latency_per_s" {
  description = "In how many parts of a second the latency is given"
  value       = 1000
}
