"""What was used, and what it costs: of a tenant, of all."""
