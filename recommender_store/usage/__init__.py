"""What a tenant used of the platform, a page a day and worker."""
