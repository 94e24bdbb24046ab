"""Tables become judged events in a DuckDB file of their own, and those become Parquet by day."""
