"""What an artifact answers: one code for measuring and for serving."""
