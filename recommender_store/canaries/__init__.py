"""New bundles that answer a part of the users before they go live: what is written down of that."""
