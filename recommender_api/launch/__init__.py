"""How a job is started: a command line for a tenant, here or elsewhere."""
