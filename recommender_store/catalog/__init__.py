"""What a tenant sells or shows: items, their attributes, and how these change."""
