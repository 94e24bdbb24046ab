"""Jobs of a Kubernetes cluster: one batch/v1 Job an order."""
