"""The parts a mapping is written in: pure, frozen, and strict about unknown keys."""
