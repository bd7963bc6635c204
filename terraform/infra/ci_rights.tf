# The four jobs of the workflows. What is not here they cannot do: touch roles, users, keys, secrets,
# the state of this stage, or delete a version, an image or a bucket.
locals {
  ci_policies = {
    list          = data.aws_iam_policy_document.ci_list.json
    push          = data.aws_iam_policy_document.ci_push.json
    data          = data.aws_iam_policy_document.ci_data.json
    state         = data.aws_iam_policy_document.ci_state.json
    deploy        = data.aws_iam_policy_document.ci_deploy.json
    service_roles = data.aws_iam_policy_document.ci_service_roles.json
  }
}

data "aws_iam_policy_document" "ci_push" {
  # checkov:skip=CKV_AWS_356: ecr:GetAuthorizationToken knows no resource but *
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
      "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = local.ecr_arns
  }
}

# Models: the rights to write of docs/s3.md. Reviews: to read, and to put there.
data "aws_iam_policy_document" "ci_data" {
  statement {
    sid     = "ReadAndWrite"
    actions = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = [
      "${local.data_arn}/${var.models_prefix}/*",
      "${local.data_arn}/${var.reviews_prefix}/*",
    ]
  }

  statement {
    sid       = "ReleaseClaims"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.data_arn}/${var.models_prefix}/claims/*"]
  }
}

data "aws_iam_policy_document" "ci_state" {
  statement {
    sid       = "KeepState"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.state_arn}/app/terraform.tfstate"]
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.state_arn}/app/terraform.tfstate.tflock"]
  }
}

# One statement for both buckets: neither has what the other's prefixes name. Terraform looks for
# workspaces below env:/ and finds none.
data "aws_iam_policy_document" "ci_list" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.data_arn, local.state_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.models_prefix}/*", "${var.reviews_prefix}/*", "app/*", "env:/"]
    }
  }
}

# Who trains keeps reviews and versions, and nothing else. Which version answers is a deployment, so
# the alias that is served does not move by this role.
data "aws_iam_policy_document" "train" {
  source_policy_documents = [data.aws_iam_policy_document.ci_data.json]

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.data_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.models_prefix}/*", "${var.reviews_prefix}/*"]
    }
  }

  statement {
    sid       = "LeaveTheServedAlias"
    effect    = "Deny"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.data_arn}/${var.models_prefix}/aliases/${var.served_alias}.json"]
  }
}
