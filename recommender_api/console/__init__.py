"""HTML for people: what the REST routes tell and do, on pages."""
