"""Who gets into the console: sessions, forms that prove where they come from."""
