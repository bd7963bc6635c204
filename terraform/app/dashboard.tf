locals {
  balancer_errors = local.on_ecs ? {
    namespace  = "AWS/ApplicationELB"
    name       = "HTTPCode_ELB_5XX_Count"
    statistic  = "Sum"
    dimensions = { LoadBalancer = local.load_balancer.arn_suffix }
  } : null

  panels = [
    ["cpu", "CPU, % of what is reserved"],
    ["memory", "RAM, % of what is reserved"],
    ["instances", local.on_ecs ? "Instances" : "Instances that work on a request"],
    ["requests", "Requests a minute"],
    ["latency", "Latency, 95th percentile, ${local.on_ecs ? "s" : "ms"}"],
    ["errors4xx", "Answers 4xx a minute"],
    ["errors5xx", "Answers 5xx a minute"],
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "MLOps-Dashboard"
  dashboard_body = jsonencode({
    widgets = [
      for index, panel in local.panels : {
        type   = "metric"
        x      = (index % 3) * 8
        y      = floor(index / 3) * 6
        width  = 8
        height = 6
        properties = {
          title  = panel[1]
          region = var.region
          view   = "timeSeries"
          period = 60
          yAxis  = { left = { min = 0 } }
          metrics = [
            for name, metric in merge(
              { for name, service in local.services : name => service.metrics[panel[0]] },
              local.on_ecs && panel[0] == "errors5xx" ? { "load balancer" = local.balancer_errors } : {},
              ) : concat(
              [metric.namespace, metric.name],
              flatten([for key, value in metric.dimensions : [key, value]]),
              [{ stat = metric.statistic, label = name }],
            )
          ]
        }
      }
    ]
  })
}
