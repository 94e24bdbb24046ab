"""What a tenant decided about its answers: placements and rules, as records and nothing more."""
