# What `terraform apply` of terraform/app asks for, on the chosen platform alone.
locals {
  apprunner_arns = [
    for kind in ["service/service-api/*", "service/service-frontend/*", "autoscalingconfiguration/service-api/*", "autoscalingconfiguration/service-frontend/*"] :
    "arn:aws:apprunner:${var.region}:${local.account}:${kind}"
  ]
  ecs_arns = [
    for kind in ["cluster/voxpop", "service/voxpop/*", "task-definition/service-api:*", "task-definition/service-frontend:*"] :
    "arn:aws:ecs:${var.region}:${local.account}:${kind}"
  ]
  balancer_arns = [
    for kind in ["loadbalancer/app/voxpop/*", "listener/app/voxpop/*", "targetgroup/service-*/*"] :
    "arn:aws:elasticloadbalancing:${var.region}:${local.account}:${kind}"
  ]
}

data "aws_iam_policy_document" "ci_deploy" {
  # checkov:skip=CKV_AWS_111: security groups are made before they have a name; those of ECS need *
  # checkov:skip=CKV_AWS_356: the statements on * are lists, and actions that know no resource
  # checkov:skip=CKV_AWS_109: PassRole is limited to three roles and the service that starts them
  statement {
    sid       = "SeeRoles"
    actions   = ["iam:GetRole"]
    resources = [for name in sort(local.roles) : local.role_arns[name]]
  }

  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = [for name in sort(local.roles) : local.role_arns[name]]
    # App Runner may send no name of a service, or another one than its roles trust. Whom the three
    # roles trust is the bound there.
    condition {
      test     = local.on_ecs ? "StringEquals" : "StringEqualsIfExists"
      variable = "iam:PassedToService"
      values = local.on_ecs ? ["ecs-tasks.amazonaws.com"] : [
        "apprunner.amazonaws.com", "build.apprunner.amazonaws.com", "tasks.apprunner.amazonaws.com",
      ]
    }
  }

  statement {
    sid = "Watch"
    actions = [
      "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard",
      "cloudwatch:ListTagsForResource", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource", "cloudwatch:UntagResource",
    ]
    resources = concat(
      [
        "arn:aws:cloudwatch::${local.account}:dashboard/MLOps-Dashboard",
        "arn:aws:cloudwatch:${var.region}:${local.account}:alarm:service-*",
      ],
      # Those by which ECS scales: whoever makes a scaling policy must be allowed to make its alarms.
      local.on_ecs ? ["arn:aws:cloudwatch:${var.region}:${local.account}:alarm:TargetTracking-service/voxpop/*"] : [],
    )
  }

  statement {
    sid = "Notify"
    actions = [
      "sns:CreateTopic", "sns:DeleteTopic", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes",
      "sns:ListTagsForResource", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource",
      "sns:Unsubscribe", "sns:UntagResource",
    ]
    resources = ["arn:aws:sns:${var.region}:${local.account}:voxpop-alarms"]
  }

  statement {
    sid       = "LookAround"
    actions   = concat(["cloudwatch:DescribeAlarms"], local.on_ecs ? local.ecs_lists : local.apprunner_lists)
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [] : [1]

    content {
      sid = "AppRunner"
      actions = [
        "apprunner:CreateAutoScalingConfiguration", "apprunner:CreateService",
        "apprunner:DeleteAutoScalingConfiguration", "apprunner:DeleteService",
        "apprunner:DescribeAutoScalingConfiguration", "apprunner:DescribeService",
        "apprunner:ListTagsForResource", "apprunner:StartDeployment", "apprunner:TagResource",
        "apprunner:UntagResource", "apprunner:UpdateService",
      ]
      resources = local.apprunner_arns
    }
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [1] : []

    content {
      sid = "Ecs"
      actions = [
        "ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService",
        "ecs:DescribeClusters", "ecs:DescribeServices", "ecs:ListTagsForResource", "ecs:RegisterTaskDefinition",
        "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateService",
      ]
      resources = local.ecs_arns
    }
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [1] : []

    content {
      sid       = "Balancer"
      actions   = [for verb in ["AddTags", "CreateListener", "CreateLoadBalancer", "CreateTargetGroup", "DeleteListener", "DeleteLoadBalancer", "DeleteTargetGroup", "ModifyListener", "ModifyListenerAttributes", "ModifyLoadBalancerAttributes", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RemoveTags", "SetSecurityGroups", "SetSubnets"] : "elasticloadbalancing:${verb}"]
      resources = local.balancer_arns
    }
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [1] : []

    content {
      sid = "Logs"
      actions = [
        "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:ListTagsForResource", "logs:PutRetentionPolicy",
        "logs:TagResource", "logs:UntagResource",
      ]
      resources = ["arn:aws:logs:${var.region}:${local.account}:log-group:/voxpop/*"]
    }
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [1] : []

    content {
      sid = "Scaling"
      actions = [
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:ListTagsForResource", "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource",
        "application-autoscaling:UntagResource",
      ]
      resources = ["arn:aws:application-autoscaling:${var.region}:${local.account}:scalable-target/*"]
    }
  }
}

locals {
  apprunner_lists = ["apprunner:ListAutoScalingConfigurations", "apprunner:ListServices"]
  ecs_lists = [
    "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
    "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup",
    "ec2:CreateTags", "ec2:DeleteSecurityGroup", "ec2:DeleteTags", "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses", "ec2:DescribeInternetGateways", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs",
    "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress", "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition", "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth", "logs:DescribeLogGroups",
  ]
}

# In an account that is new to them, AWS's services make a role for themselves, in the name of whoever
# asks first. No other role can be made by this.
data "aws_iam_policy_document" "ci_service_roles" {
  statement {
    sid       = "LetServicesMakeTheirRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:aws:iam::${local.account}:role/aws-service-role/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values = local.on_ecs ? [
        "ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com",
      ] : ["apprunner.amazonaws.com"]
    }
  }
}
