"""How every page looks: its frame, its numbers, its plots, what it is told to browsers."""
