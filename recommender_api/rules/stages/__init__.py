"""What rules do to candidates: one file a stage, each pure over columns of a few hundred rows."""
