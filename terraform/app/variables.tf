variable "region" {
  description = "The AWS region of everything"
  type        = string
}

variable "platform" {
  description = "Where the services run: `apprunner` (for who was its customer before 2026-04-30) or `ecs`; as in terraform/infra"
  type        = string

  validation {
    condition     = contains(["apprunner", "ecs"], var.platform)
    error_message = "The platform is \"apprunner\" or \"ecs\"."
  }
}

variable "image_api" {
  description = "The image of the API: `REPOSITORY@sha256:...`, or with a tag that names one build"
  type        = string

  validation {
    condition     = can(regex("^[^@:]+(:[0-9]+/[^@:]+)?(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]*)$", var.image_api)) && !endswith(var.image_api, ":latest")
    error_message = "The image is given by digest (REPOSITORY@sha256:...) or by an immutable tag; latest is none."
  }
}

variable "image_frontend" {
  description = "The image of the page, in the same form"
  type        = string

  validation {
    condition     = can(regex("^[^@:]+(:[0-9]+/[^@:]+)?(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]*)$", var.image_frontend)) && !endswith(var.image_frontend, ":latest")
    error_message = "The image is given by digest (REPOSITORY@sha256:...) or by an immutable tag; latest is none."
  }
}

variable "data_bucket" {
  description = "The bucket with the versions"
  type        = string
}

variable "models_prefix" {
  description = "Where in the bucket the versions are"
  type        = string
}

variable "feedback_prefix" {
  description = "Where in the bucket feedback goes; it stays on the instance, and is lost with it, when null"
  type        = string
  default     = null
}

variable "reference" {
  description = "The alias or version that the API serves"
  type        = string
  default     = "champion"
}

variable "instance_role_arn" {
  description = "The role of the running API"
  type        = string
}

variable "frontend_role_arn" {
  description = "The role of the running page"
  type        = string
}

variable "ecr_access_role_arn" {
  description = "The role that pulls the images"
  type        = string
}

variable "api_keys_secret_arn" {
  description = "The secret with the digests of the keys that open the API and the page"
  type        = string
}

variable "ui_api_key_secret_arn" {
  description = "The secret with the page's key"
  type        = string
}

variable "cpu" {
  description = "CPU units of one instance; 1024 are one vCPU"
  type        = number
  default     = 1024
}

variable "memory_mb" {
  description = "Megabytes of one instance"
  type        = number
  default     = 2048

  validation {
    condition = contains(lookup(var.platform == "ecs" ? {
      "256"  = [512, 1024, 2048]
      "512"  = [for gb in range(1, 5) : gb * 1024]
      "1024" = [for gb in range(2, 9) : gb * 1024]
      "2048" = [for gb in range(4, 17) : gb * 1024]
      "4096" = [for gb in range(8, 31) : gb * 1024]
      } : {
      "256"  = [512, 1024]
      "512"  = [1024]
      "1024" = [2048, 3072, 4096]
      "2048" = [4096, 6144]
      "4096" = [8192, 10240, 12288]
    }, tostring(var.cpu), []), var.memory_mb)
    error_message = "The platform has no instance of ${var.cpu} CPU units with ${var.memory_mb} MB. With 1024, both have 2048, 3072 and 4096."
  }
}

variable "min_instances" {
  description = "Instances of the API that are always there; the page has one, which holds the files under analysis"
  type        = number
  default     = 1

  validation {
    condition     = var.min_instances >= 1 && var.min_instances <= var.max_instances
    error_message = "min_instances is 1 or more, and not above max_instances."
  }
}

variable "max_instances" {
  description = "Instances of the API that may be there"
  type        = number
  default     = 4
}

variable "max_concurrency" {
  description = "App Runner: requests that one instance works on before another is started, 200 at most"
  type        = number
  default     = 50

  validation {
    condition     = var.max_concurrency >= 1 && var.max_concurrency <= 200
    error_message = "App Runner takes 1 to 200 requests an instance."
  }
}

variable "max_requests_per_minute" {
  description = "ECS: requests a minute of one instance before another is started"
  type        = number
  default     = 6000
}

variable "alarm_email" {
  description = "Who is told of alarms; nobody when null"
  type        = string
  default     = null
}

variable "alarm_latency_s" {
  description = "The 95th percentile of the API's latency, in seconds, that is an alarm"
  type        = number
  default     = 1
}

variable "alarm_errors" {
  description = "Answers with a 5xx status in five minutes that are an alarm"
  type        = number
  default     = 10
}

variable "vpc_id" {
  description = "ECS: the network; the default one when null"
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "ECS: public subnets of the network, in two zones at least; those of the default network when null"
  type        = list(string)
  default     = null

  validation {
    condition     = var.vpc_id == null || try(length(var.subnet_ids), 0) >= 2
    error_message = "With a network of your own (vpc_id), name two public subnets of it or more, in different zones."
  }
}

variable "allowed_cidrs" {
  description = "ECS: who may call the page, with a key"
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "api_allowed_cidrs" {
  description = "ECS: who may call the API, with a key. The page does, from public addresses that change, and so does the test of each deployment"
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "certificate_arn" {
  description = "ECS: the certificate of `host`"
  type        = string
  default     = null

  validation {
    condition     = (var.certificate_arn == null) == (var.host == null)
    error_message = "certificate_arn and host belong together: a certificate serves the name that it was made for."
  }
}

variable "host" {
  description = "ECS: the name in the certificate, which leads to the load balancer"
  type        = string
  default     = null
}

variable "allow_http" {
  description = "ECS: whether to serve without a certificate; keys and reviews then travel in the clear"
  type        = bool
  default     = false

  validation {
    condition     = var.platform != "ecs" || var.allow_http || (var.certificate_arn != null && var.host != null)
    error_message = "On ECS give certificate_arn and host, or allow_http = true for a trial without TLS."
  }
}

variable "wait_for_steady_state" {
  description = "ECS: whether an apply waits until the new containers are healthy"
  type        = bool
  default     = true
}
