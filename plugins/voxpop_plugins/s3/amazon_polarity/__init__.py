"""The data source amazon-polarity: reviews in Parquet shards in a bucket."""
