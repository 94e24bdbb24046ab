"""Bytes under a key, on a folder or a bucket: nothing here knows what the bytes mean."""
