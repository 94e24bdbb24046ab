"""Who the tenants are: their identity, what they set, the keys they hold."""
