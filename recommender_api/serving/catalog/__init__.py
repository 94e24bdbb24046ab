"""A tenant's catalog as serving needs it: in rows, as columns, laid out once and followed."""
