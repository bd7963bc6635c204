# The texts of the policies, by the real provider and without an account.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "dummy"
  secret_key                  = "dummy"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

variables {
  platform             = "apprunner"
  state_bucket         = "acme-voxpop-state"
  data_bucket          = "acme-voxpop-data"
  github_repository    = "acme/voxpop"
  github_owner_id      = "123456"
  github_repository_id = "456789"
}

run "texts" {
  command = plan

  assert {
    condition = {
      for role in ["ci", "train"] : role => jsondecode(output.policies["trust_${role}"]).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]
      } == {
      ci    = ["repo:acme/voxpop:environment:production", "repo:acme@123456/voxpop@456789:environment:production"]
      train = ["repo:acme/voxpop:environment:training", "repo:acme@123456/voxpop@456789:environment:training"]
    }
    error_message = "GitHub's tokens open a role from elsewhere than from its own environment."
  }

  assert {
    condition     = alltrue([for role in ["ci", "train"] : jsondecode(output.policies["trust_${role}"]).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"])
    error_message = "The audience is not AWS alone."
  }

  assert {
    condition = [for one in jsondecode(output.policies.train).Statement : { actions = one.Action, on = one.Resource } if one.Effect == "Deny"] == [{
      actions = ["s3:PutObject", "s3:DeleteObject"]
      on      = "arn:aws:s3:::acme-voxpop-data/models/aliases/champion.json"
    }]
    error_message = "Who trains can choose the version that answers."
  }

  assert {
    condition = alltrue([for text in [output.policies.data_bucket, output.policies.state_bucket] : (
      jsondecode(text).Statement[0].Effect == "Deny" &&
      jsondecode(text).Statement[0].Action == "s3:*" &&
      jsondecode(text).Statement[0].Principal == "*" &&
      jsondecode(text).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    )])
    error_message = "A bucket answers without TLS."
  }

  assert {
    condition = flatten([for one in jsondecode(output.policies.api).Statement : one.Action]) == [
      "s3:ListBucket", "s3:GetObject", "secretsmanager:GetSecretValue",
    ]
    error_message = "The API may do more than read models and its keys."
  }

  assert {
    condition     = jsondecode(output.policies.api).Statement[1].Resource == "arn:aws:s3:::acme-voxpop-data/models/*"
    error_message = "The API may read more than models."
  }

  assert {
    condition = length(setintersection(
      flatten([for name in ["list", "push", "data", "state", "deploy", "service_roles", "train"] : [for one in jsondecode(output.policies[name]).Statement : one.Action]]),
      ["ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:SetRepositoryPolicy", "iam:CreateUser", "iam:CreateAccessKey", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteObjectVersion", "secretsmanager:GetSecretValue"],
    )) == 0
    error_message = "The workflows may do what no job of theirs needs."
  }

  assert {
    condition     = !anytrue(flatten([for name in ["list", "push", "data", "state", "deploy", "service_roles", "train", "api", "pull"] : [for one in jsondecode(output.policies[name]).Statement : [for action in flatten([one.Action]) : strcontains(action, "*")]]]))
    error_message = "A wildcard stands for actions."
  }

  assert {
    condition     = alltrue([for one in aws_ecr_repository.this : one.image_tag_mutability == "IMMUTABLE" && one.image_scanning_configuration[0].scan_on_push])
    error_message = "An image can be replaced, or is not scanned."
  }

  assert {
    condition     = sort(keys(aws_ecr_repository.this)) == tolist(["ecr-api", "ecr-frontend"]) && length(aws_iam_user.git) == 0
    error_message = "The repositories have other names, or git-user was made unasked."
  }
}

run "on_app_runner_roles_are_handed_over_without_a_name_too" {
  command = plan

  assert {
    condition     = keys(one([for one in jsondecode(output.policies.deploy).Statement : one.Condition if one.Sid == "HandOverRoles"])) == ["StringEqualsIfExists"]
    error_message = "App Runner may send no name of a service, and would be refused."
  }
}

run "feedback_is_written_when_enabled" {
  command = plan

  variables {
    feedback_enabled = true
  }

  assert {
    condition     = one([for one in jsondecode(output.policies.api).Statement : one.Resource if try(one.Sid, "") == "WriteFeedback"]) == "arn:aws:s3:::acme-voxpop-data/feedback/*"
    error_message = "The API cannot write feedback, or elsewhere too."
  }
}

run "on_ecs_the_services_read_no_secret" {
  command = plan

  variables {
    platform        = "ecs"
    create_git_user = true
  }

  assert {
    condition     = flatten([for one in jsondecode(output.policies.api).Statement : one.Action]) == ["s3:ListBucket", "s3:GetObject"]
    error_message = "The API reads more than models."
  }

  assert {
    condition     = length(aws_iam_user.git) == 1 && length(aws_iam_role_policy.frontend) == 0
    error_message = "git-user was asked for, and the page needs no rights."
  }

  assert {
    condition     = one([for one in jsondecode(output.policies.deploy).Statement : one.Condition if one.Sid == "HandOverRoles"]) == { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    error_message = "A role is handed over to another service than ECS."
  }

  assert {
    condition = one(jsondecode(output.policies.service_roles).Statement) == {
      Action    = "iam:CreateServiceLinkedRole"
      Condition = { StringEquals = { "iam:AWSServiceName" = ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"] } }
      Effect    = "Allow"
      Resource  = "arn:aws:iam::123456789012:role/aws-service-role/*"
      Sid       = "LetServicesMakeTheirRoles"
    }
    error_message = "ECS and the load balancer cannot make their roles in a new account, or others can."
  }

  assert {
    # A managed policy holds 6,144 characters.
    condition     = alltrue([for name in ["list", "push", "data", "state", "deploy", "service_roles"] : length(jsonencode(jsondecode(output.policies[name]))) < 6144])
    error_message = "A policy is too long for AWS."
  }
}

run "wildcards_are_refused" {
  command = plan

  variables {
    github_repository = "acme/*"
    github_subjects   = ["ref:refs/heads/*"]

    github_training_subjects = ["environment:*"]
  }

  expect_failures = [var.github_repository, var.github_subjects, var.github_training_subjects]
}

run "a_bucket_has_a_name" {
  command = plan

  variables {
    state_bucket = ""
    data_bucket  = "Acme"
  }

  expect_failures = [var.state_bucket, var.data_bucket]
}
