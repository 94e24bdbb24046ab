"""What admins see: all tenants, those that were deleted, the way in."""
