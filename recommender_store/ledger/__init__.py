"""What was counted of a tenant's events on their way in, a page a day and replica."""
