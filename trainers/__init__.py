"""Events in, one artifact out."""
