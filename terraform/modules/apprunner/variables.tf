variable "name" {
  description = "The service's name"
  type        = string
}

variable "image" {
  description = "The image, by digest or immutable tag"
  type        = string
}

variable "port" {
  description = "The port that the container listens at"
  type        = number
}

variable "health_path" {
  description = "What is asked for health"
  type        = string
}

variable "environment" {
  description = "Environment variables"
  type        = map(string)
}

variable "secrets" {
  description = "Environment variables whose values are secrets, by the secrets' ARNs"
  type        = map(string)
}

variable "instance_role_arn" {
  description = "The role of the running container"
  type        = string
}

variable "pull_role_arn" {
  description = "The role that starts it"
  type        = string
}

variable "cpu" {
  description = "CPU units of one instance; 1024 are one vCPU"
  type        = number
}

variable "memory_mb" {
  description = "Megabytes of one instance"
  type        = number
}

variable "min_instances" {
  description = "Instances that are always there"
  type        = number
}

variable "max_instances" {
  description = "Instances that may be there"
  type        = number
}

variable "max_concurrency" {
  description = "Requests that one instance works on before another is started"
  type        = number
}
