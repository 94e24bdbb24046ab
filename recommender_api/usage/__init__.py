"""What tenants use of the platform: counted in memory, kept by the day, told with prices."""
