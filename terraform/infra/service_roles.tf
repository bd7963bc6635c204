# What the running services may do.
locals {
  service_principal = local.on_ecs ? "ecs-tasks.amazonaws.com" : "tasks.apprunner.amazonaws.com"
  pull_principal    = local.on_ecs ? "ecs-tasks.amazonaws.com" : "build.apprunner.amazonaws.com"
}

data "aws_iam_policy_document" "trust_service" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [local.service_principal]
    }

    # ECS says in whose name it asks; whether App Runner does, AWS does not tell.
    dynamic "condition" {
      for_each = local.on_ecs ? [1] : []

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}

data "aws_iam_policy_document" "trust_pull" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [local.pull_principal]
    }

    # ECS says in whose name it asks; whether App Runner does, AWS does not tell.
    dynamic "condition" {
      for_each = local.on_ecs ? [1] : []

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}

# A secret's ARN ends in six characters of AWS's own: `-*` would also name voxpop/api-keys-other.
# The API: the read-only rights of docs/s3.md.
data "aws_iam_policy_document" "api" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.data_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = concat(["${var.models_prefix}/*"], var.feedback_enabled ? ["${var.feedback_prefix}/*"] : [])
    }
  }

  statement {
    sid       = "ReadModels"
    actions   = ["s3:GetObject"]
    resources = ["${local.data_arn}/${var.models_prefix}/*"]
  }

  dynamic "statement" {
    for_each = var.feedback_enabled ? [1] : []

    content {
      # To read, too: that tells whether a write whose answer was lost had won.
      sid       = "WriteFeedback"
      actions   = ["s3:PutObject", "s3:GetObject"]
      resources = ["${local.data_arn}/${var.feedback_prefix}/*"]
    }
  }

  # App Runner reads a service's secrets as the service itself; ECS reads them as the execution role.
  dynamic "statement" {
    for_each = local.on_ecs ? [] : [1]

    content {
      sid       = "ReadKeys"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = ["arn:aws:secretsmanager:${var.region}:${local.account}:secret:voxpop/api-keys-??????"]
    }
  }
}

resource "aws_iam_role" "api" {
  name               = "AppRunnerInstanceRole"
  description        = "The API: reads models"
  assume_role_policy = data.aws_iam_policy_document.trust_service.json
}

resource "aws_iam_role_policy" "api" {
  name   = "api"
  role   = aws_iam_role.api.id
  policy = data.aws_iam_policy_document.api.json
}

# The page asks the API and nobody else.
resource "aws_iam_role" "frontend" {
  name               = "AppRunnerFrontendInstanceRole"
  description        = "The page: no rights but to the keys that it needs"
  assume_role_policy = data.aws_iam_policy_document.trust_service.json
}

data "aws_iam_policy_document" "frontend" {
  statement {
    sid     = "ReadKeys"
    actions = ["secretsmanager:GetSecretValue"]
    resources = [
      "arn:aws:secretsmanager:${var.region}:${local.account}:secret:voxpop/ui-api-key-??????",
      "arn:aws:secretsmanager:${var.region}:${local.account}:secret:voxpop/api-keys-??????",
    ]
  }
}

resource "aws_iam_role_policy" "frontend" {
  count = local.on_ecs ? 0 : 1

  name   = "frontend"
  role   = aws_iam_role.frontend.id
  policy = data.aws_iam_policy_document.frontend.json
}

data "aws_iam_policy_document" "pull" {
  # checkov:skip=CKV_AWS_356: ecr:GetAuthorizationToken knows no resource but *
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
    resources = local.ecr_arns
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [1] : []

    content {
      sid       = "WriteLogs"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["arn:aws:logs:${var.region}:${local.account}:log-group:/voxpop/*"]
    }
  }

  dynamic "statement" {
    for_each = local.on_ecs ? [1] : []

    content {
      sid     = "ReadKeys"
      actions = ["secretsmanager:GetSecretValue"]
      resources = [
        "arn:aws:secretsmanager:${var.region}:${local.account}:secret:voxpop/api-keys-??????",
        "arn:aws:secretsmanager:${var.region}:${local.account}:secret:voxpop/ui-api-key-??????",
      ]
    }
  }
}

resource "aws_iam_role" "pull" {
  name               = "AppRunnerECRAccessRole"
  description        = "Starts the services: pulls their images"
  assume_role_policy = data.aws_iam_policy_document.trust_pull.json
}

resource "aws_iam_role_policy" "pull" {
  name   = "pull"
  role   = aws_iam_role.pull.id
  policy = data.aws_iam_policy_document.pull.json
}
