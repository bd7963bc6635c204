output "app" {
  description = "What terraform/app needs, as the content of its `infra.auto.tfvars.json`"
  value = {
    region                = var.region
    platform              = var.platform
    data_bucket           = module.data.name
    models_prefix         = var.models_prefix
    feedback_prefix       = var.feedback_enabled ? var.feedback_prefix : null
    instance_role_arn     = aws_iam_role.api.arn
    frontend_role_arn     = aws_iam_role.frontend.arn
    ecr_access_role_arn   = aws_iam_role.pull.arn
    api_keys_secret_arn   = aws_secretsmanager_secret.api_keys.arn
    ui_api_key_secret_arn = aws_secretsmanager_secret.ui_api_key.arn
  }
}

output "state_bucket" {
  description = "The bucket of Terraform's state"
  value       = module.state.name
}

output "data_bucket" {
  description = "The bucket of reviews, models and feedback"
  value       = module.data.name
}

output "repository_urls" {
  description = "Where images are pushed, by repository"
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "ci_role_arn" {
  description = "The role that the workflows take to deliver and to promote: `AWS_ROLE_ARN` of the environment `production`"
  value       = aws_iam_role.ci.arn
}

output "train_role_arn" {
  description = "The role that the workflows take to train: `AWS_ROLE_ARN` of the environment `training`"
  value       = aws_iam_role.train.arn
}

output "github_subjects" {
  description = "The subjects of GitHub's tokens that open these roles"
  value       = local.github_subjects
}

output "policies" {
  description = "The texts of all policies, by who has them"
  value = merge(local.ci_policies, {
    api          = data.aws_iam_policy_document.api.json
    frontend     = local.on_ecs ? null : data.aws_iam_policy_document.frontend.json
    pull         = data.aws_iam_policy_document.pull.json
    data_bucket  = module.data.policy
    state_bucket = module.state.policy
    train        = data.aws_iam_policy_document.train.json
    trust_ci     = data.aws_iam_policy_document.trust_github["ci"].json
    trust_train  = data.aws_iam_policy_document.trust_github["train"].json
  })
}
