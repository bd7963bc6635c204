# Terraform makes the places only: what is in them never gets into a state. docs/aws.md fills them.
resource "aws_secretsmanager_secret" "api_keys" {
  # checkov:skip=CKV_AWS_149: AWS's own key encrypts; it holds digests of keys
  # checkov:skip=CKV2_AWS_57: two keys overlap while one is replaced by hand; docs/aws.md says how
  name                    = "voxpop/api-keys"
  description             = "What the API and the page know of the keys that open them: lines NAME SHA256"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret" "ui_api_key" {
  # checkov:skip=CKV_AWS_149: AWS's own key encrypts; this account's roles alone read it
  # checkov:skip=CKV2_AWS_57: two keys overlap while one is replaced by hand; docs/aws.md says how
  name                    = "voxpop/ui-api-key"
  description             = "The key by which the page asks the API"
  recovery_window_in_days = 7
}
