"""What platform admins and tenants manage: tenants, keys, items, models, runs."""
