"""Tenants' own code over candidates: in a child process a tenant, within a time budget."""
