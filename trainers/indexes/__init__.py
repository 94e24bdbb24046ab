"""Indexes over item vectors: built by size, and held against exact search."""
