"""What was answered, on its way into the log: ids that lead there, and what waits to be written."""
