"""Events come in: checked one by one, made durable together, then told to live history."""
