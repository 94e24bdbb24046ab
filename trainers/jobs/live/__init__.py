"""The model that serves now, held against what happened since it was trained; nothing is fitted."""
