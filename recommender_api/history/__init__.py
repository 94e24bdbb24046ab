"""What each user did just now: bounded, and rebuilt from the log."""
