variable "name" {
  description = "The bucket's name, unique in the world"
  type        = string
}

variable "keep_old_versions_days" {
  description = "How long a version of an object that was replaced or deleted can be brought back"
  type        = number
}

variable "short_lived_prefixes" {
  description = "Prefixes of objects whose old versions nobody wants back; they go after a day"
  type        = list(string)
  default     = []
}
