"""The demo: two tenants whose tastes we made up, so that their right answers are known."""
