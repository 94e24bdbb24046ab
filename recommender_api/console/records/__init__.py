"""What a tenant decides, in forms: placements, rules, experiments, and trying them."""
