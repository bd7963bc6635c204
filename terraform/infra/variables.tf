variable "region" {
  description = "The AWS region of everything"
  type        = string
  default     = "eu-west-1"
}

variable "platform" {
  description = "Where the services run: `apprunner` (for who was its customer before 2026-04-30) or `ecs`"
  type        = string
  default     = "ecs"

  validation {
    condition     = contains(["apprunner", "ecs"], var.platform)
    error_message = "The platform is \"apprunner\" or \"ecs\"."
  }
}

variable "state_bucket" {
  description = "The bucket of Terraform's state, a name unique in the world"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "data_bucket" {
  description = "The bucket of reviews, models and feedback, a name unique in the world"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.data_bucket))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "models_prefix" {
  description = "Where in the data bucket the versions are"
  type        = string
  default     = "models"
}

variable "reviews_prefix" {
  description = "Where in the data bucket the reviews to train on are"
  type        = string
  default     = "amazon_polarity"
}

variable "feedback_prefix" {
  description = "Where in the data bucket feedback goes, when it is enabled"
  type        = string
  default     = "feedback"
}

variable "feedback_enabled" {
  description = "Whether the API may write feedback into the data bucket"
  type        = bool
  default     = false
}

variable "keep_old_versions_days" {
  description = "How long a replaced or deleted object of the data bucket can be brought back"
  type        = number
  default     = 90
}

variable "keep_images" {
  description = "Images with a tag kept in each repository; older ones go, even one that runs: a rollback reaches so many pushes back"
  type        = number
  default     = 100
}

variable "served_alias" {
  description = "The alias that the API serves, which the training role cannot move"
  type        = string
  default     = "champion"
}

variable "github_repository" {
  description = "The repository whose workflows may act, as `owner/name`"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "The repository is written owner/name, without wildcards."
  }
}

variable "github_owner_id" {
  description = "The owner's number, for tokens with immutable subjects: `gh api users/OWNER --jq .id`"
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.github_owner_id))
    error_message = "The owner's id is a number."
  }
}

variable "github_repository_id" {
  description = "The repository's number, for tokens with immutable subjects: `gh api repos/OWNER/NAME --jq .id`"
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "The repository's id is a number."
  }
}

variable "github_subjects" {
  description = "What of the repository may deliver and promote: ends of the token's subject"
  type        = set(string)
  default     = ["environment:production"]

  validation {
    condition     = alltrue([for end in var.github_subjects : can(regex("^(ref:refs/(heads|tags)/|environment:)[^*?]+$", end))])
    error_message = "A subject ends in ref:refs/heads/BRANCH, ref:refs/tags/TAG or environment:NAME, without wildcards."
  }
}

variable "github_training_subjects" {
  description = "What of the repository may train: ends of the token's subject"
  type        = set(string)
  default     = ["environment:training"]

  validation {
    condition     = alltrue([for end in var.github_training_subjects : can(regex("^(ref:refs/(heads|tags)/|environment:)[^*?]+$", end))])
    error_message = "A subject ends in ref:refs/heads/BRANCH, ref:refs/tags/TAG or environment:NAME, without wildcards."
  }
}

variable "create_github_provider" {
  description = "Whether to make GitHub's identity provider; false where the account has one already"
  type        = bool
  default     = true
}

variable "create_git_user" {
  description = "Whether to make the user `git-user`, for a CI that cannot use OIDC; no key is made for it"
  type        = bool
  default     = false
}
