"""Any file becomes a table that DuckDB can read, every row with its line number."""
