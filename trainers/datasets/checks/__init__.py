"""Whether a log is a basis for a model: small pure checks, each with its findings."""
