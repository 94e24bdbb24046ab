"""
Whether a Redis can keep live history: written, read and deleted once, for people to look at.
"""

import asyncio
import secrets
import time

from .server import LOST, server_at, shown

TRIAL_S = 5.0
TRIAL_KEPT_S = 60


def tried(url: str) -> tuple[bool, str]:
    """Whether it works, and a sentence that shows no password."""
    return asyncio.run(_tried(url))


async def _tried(url: str) -> tuple[bool, str]:
    server = server_at(url)
    key = f"recommender:trial:{secrets.token_hex(8)}"
    try:
        async with asyncio.timeout(TRIAL_S):
            await server.append({key: b"1\n"}, TRIAL_KEPT_S)
            began = time.perf_counter()
            (found,) = await server.read([key])
            took_ms = (time.perf_counter() - began) * 1000
            await server.call("DEL", key)
    except TimeoutError:
        return False, f"{shown(url)} does not answer within {TRIAL_S:.0f} s: is it there?"
    except LOST as error:
        return (
            False,
            f"{shown(url)}: {error}. Check RECOMMENDER_REDIS_URL, the network, the password",
        )
    finally:
        await server.close()
    return found == b"1\n", f"{shown(url)}: a read takes {took_ms:.1f} ms"
