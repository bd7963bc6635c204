"""Bytes and versions in a bucket of Amazon S3, or of anything that speaks its protocol."""
