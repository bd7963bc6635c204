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

variable "max_requests_per_minute" {
  description = "Requests a minute of one instance before another is started"
  type        = number
}

variable "region" {
  description = "The AWS region, for the logs"
  type        = string
}

variable "cluster_name" {
  description = "The cluster"
  type        = string
}

variable "vpc_id" {
  description = "The network"
  type        = string
}

variable "subnet_ids" {
  description = "The subnets of the containers"
  type        = list(string)
}

variable "load_balancer" {
  description = "The load balancer in front: its ARN, the suffix of it, its host, its security group"
  type = object({
    arn               = string
    arn_suffix        = string
    host              = string
    security_group_id = string
  })
}

variable "listen_port" {
  description = "The load balancer's port for this service"
  type        = number
}

variable "certificate_arn" {
  description = "The certificate for TLS; plain HTTP without one"
  type        = string
  default     = null
}

variable "sticky" {
  description = "Whether a caller stays with the instance that answered first"
  type        = bool
}

variable "wait_for_steady_state" {
  description = "Whether an apply waits until the new containers are healthy"
  type        = bool
}
