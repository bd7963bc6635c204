output "url" {
  description = "Where the service answers"
  value       = "${local.tls ? "https" : "http"}://${var.load_balancer.host}:${var.listen_port}"
}

locals {
  balancer = {
    LoadBalancer = var.load_balancer.arn_suffix
    TargetGroup  = aws_lb_target_group.this.arn_suffix
  }
  service = {
    ClusterName = var.cluster_name
    ServiceName = aws_ecs_service.this.name
  }
}

output "metrics" {
  description = "The service's metrics in CloudWatch: namespace, name, dimensions and statistic of each"
  value = {
    cpu       = { namespace = "AWS/ECS", name = "CPUUtilization", statistic = "Average", dimensions = local.service }
    memory    = { namespace = "AWS/ECS", name = "MemoryUtilization", statistic = "Average", dimensions = local.service }
    requests  = { namespace = "AWS/ApplicationELB", name = "RequestCount", statistic = "Sum", dimensions = local.balancer }
    latency   = { namespace = "AWS/ApplicationELB", name = "TargetResponseTime", statistic = "p95", dimensions = local.balancer }
    errors4xx = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_4XX_Count", statistic = "Sum", dimensions = local.balancer }
    errors5xx = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", statistic = "Sum", dimensions = local.balancer }
    instances = { namespace = "AWS/ApplicationELB", name = "HealthyHostCount", statistic = "Average", dimensions = local.balancer }
  }
}

output "latency_per_s" {
  description = "In how many parts of a second the latency is given"
  value       = 1
}
