"""Reviews in files: CSV, TSV, JSONL, Parquet, fastText."""
