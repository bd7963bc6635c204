resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: CloudWatch cannot publish to a topic under AWS's own key; an alarm holds no data
  name = "voxpop-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  # App Runner counts the instances that work on a request: none, whenever nobody asks.
  rules = merge(
    {
      errors = { metric = "errors5xx", above = true, threshold = var.alarm_errors, says = "answers 5xx" }
      cpu    = { metric = "cpu", above = true, threshold = 85, says = "has no CPU left" }
      memory = { metric = "memory", above = true, threshold = 85, says = "has no RAM left" }
    },
    local.on_ecs ? {
      instances = { metric = "instances", above = false, threshold = 1, says = "does not run" }
    } : {},
  )
  alarms = merge([
    for name in ["service-api", "service-frontend"] : {
      for kind, rule in merge(local.rules, name != "service-api" ? {} : {
        latency = {
          metric    = "latency"
          above     = true
          threshold = var.alarm_latency_s * local.services["service-api"].latency_per_s
          says      = "is slow"
        }
      }) : "${name}-${kind}" => merge(rule, { service = name })
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = each.key
  alarm_description   = "${each.value.service} ${each.value.says}"
  namespace           = local.services[each.value.service].metrics[each.value.metric].namespace
  metric_name         = local.services[each.value.service].metrics[each.value.metric].name
  dimensions          = local.services[each.value.service].metrics[each.value.metric].dimensions
  statistic           = each.value.metric == "latency" ? null : local.services[each.value.service].metrics[each.value.metric].statistic
  extended_statistic  = each.value.metric == "latency" ? "p95" : null
  comparison_operator = each.value.above ? "GreaterThanOrEqualToThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.metric == "errors5xx" ? 1 : 2
  # No requests are no errors; no instances are one.
  treat_missing_data = each.value.metric == "instances" ? "breaching" : "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}

# What the load balancer answers itself, when no container does: the services' own counts miss it.
resource "aws_cloudwatch_metric_alarm" "balancer" {
  count = local.on_ecs ? 1 : 0

  alarm_name          = "service-balancer-errors"
  alarm_description   = "The load balancer answers 5xx: no container does, or not in time"
  namespace           = local.balancer_errors.namespace
  metric_name         = local.balancer_errors.name
  dimensions          = local.balancer_errors.dimensions
  statistic           = local.balancer_errors.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.alarm_errors
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
