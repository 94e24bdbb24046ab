"""Worlds of our own making: tenants, tastes and events whose right answers are known."""
