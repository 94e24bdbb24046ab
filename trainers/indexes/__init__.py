"""Indexes over item vectors: built by size."""
