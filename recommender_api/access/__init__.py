"""Who is calling, for which tenant, and what that key may do."""
