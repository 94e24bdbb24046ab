"""What is noteworthy about a log: measures first, sentences after."""
