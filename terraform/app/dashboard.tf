locals {
  panels = [
    ["cpu", "CPU, % of what is reserved"],
    ["memory", "RAM, % of what is reserved"],
    ["instances", "Instances"],
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
            for name, service in local.services : concat(
              [service.metrics[panel[0]].namespace, service.metrics[panel[0]].name],
              flatten([for key, value in service.metrics[panel[0]].dimensions : [key, value]]),
              [{ stat = service.metrics[panel[0]].statistic, label = name }],
            )
          ]
        }
      }
    ]
  })
}
