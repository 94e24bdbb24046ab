"""What a training run did: its steps, its figures, its decision."""
