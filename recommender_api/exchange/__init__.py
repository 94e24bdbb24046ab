"""How a request and an answer travel: bare ASGI, JSON, and how both stand in OpenAPI."""
