# Who the workflows are: two roles that GitHub's tokens open, and git-user for who cannot have that.
locals {
  github_issuer = "token.actions.githubusercontent.com"
  github_owner  = split("/", var.github_repository)[0]
  github_name   = element(split("/", var.github_repository), 1)
  # GitHub writes names, or names with ids (repositories made or renamed since July 2026, and those
  # that opted in). Either names this repository alone; the second outlives a reuse of the names.
  github_subjects = {
    for role, ends in { ci = var.github_subjects, train = var.github_training_subjects } : role => flatten([
      for end in sort(ends) : [
        "repo:${var.github_repository}:${end}",
        "repo:${local.github_owner}@${var.github_owner_id}/${local.github_name}@${var.github_repository_id}:${end}",
      ]
    ])
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_github_provider ? 1 : 0

  url            = "https://${local.github_issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust_github" {
  # checkov:skip=CKV_AWS_358: it cannot see computed subjects; terraform test reads them as they come out
  for_each = local.github_subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::${local.account}:oidc-provider/${local.github_issuer}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "ci" {
  name                 = "voxpop-ci"
  description          = "Workflows: push images, deploy, data and models, the state of terraform/app"
  assume_role_policy   = data.aws_iam_policy_document.trust_github["ci"].json
  max_session_duration = 7200

  depends_on = [aws_iam_openid_connect_provider.github]
}

# A policy of its own for each job, as an inline policy has a limit of size.
resource "aws_iam_policy" "ci" {
  for_each = local.ci_policies

  name   = "voxpop-ci-${each.key}"
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "ci" {
  for_each = aws_iam_policy.ci

  role       = aws_iam_role.ci.name
  policy_arn = each.value.arn
}

# Its keys last as long as GitHub lets a training run.
resource "aws_iam_role" "train" {
  name                 = "voxpop-train"
  description          = "The training workflow: reviews and versions, but not which version answers"
  assume_role_policy   = data.aws_iam_policy_document.trust_github["train"].json
  max_session_duration = 21600

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "train" {
  name   = "train"
  role   = aws_iam_role.train.id
  policy = data.aws_iam_policy_document.train.json
}

resource "aws_iam_user" "git" {
  # checkov:skip=CKV_AWS_273: made only for who asks; a CI without OIDC has no single sign-on either
  count = var.create_git_user ? 1 : 0

  name = "git-user"
}

resource "aws_iam_user_policy_attachment" "git" {
  # checkov:skip=CKV_AWS_40: one user of one purpose; a group of one says no more
  for_each = var.create_git_user ? aws_iam_policy.ci : {}

  user       = aws_iam_user.git[0].name
  policy_arn = each.value.arn
}
