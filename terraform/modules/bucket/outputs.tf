output "name" {
  description = "The bucket's name, known when the bucket is complete"
  value       = aws_s3_bucket_policy.this.bucket
}

output "arn" {
  description = "The bucket's ARN"
  value       = local.arn
}

output "policy" {
  description = "The text of the bucket's policy"
  value       = data.aws_iam_policy_document.tls_only.json
}
