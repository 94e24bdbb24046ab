"""Where an event is born: the logger SDK. Standard library only."""
