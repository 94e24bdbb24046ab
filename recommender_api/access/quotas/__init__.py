"""How much a tenant may ask for: counted in each worker, shared between them once a second."""
