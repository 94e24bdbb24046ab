"""Answers in bulk: the serving pipeline, asked for everybody, its answers as Parquet files."""
