"""
Who decided something, and from where: stands in every revision and in the audit trail.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides (a key's id, an admin's name, a job), and from where (an address, a host)."""

    by: str
    origin: str
    request_id: str = ""
    """Of the request that asked for it; empty where there was none."""
