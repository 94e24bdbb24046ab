"""
Metrics as they go over the wire: in the format that the asker's `Accept` prefers.
"""

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from recommender_api.exchange.asgi import Scope, Send, header, respond


async def tell_metrics(scope: Scope, send: Send, registry: Collector) -> None:
    """Exemplars are told in OpenMetrics alone."""
    encode, content_type = choose_encoder(header(scope, b"accept") or "")
    await respond(send, 200, encode(registry), [(b"content-type", content_type.encode())])
