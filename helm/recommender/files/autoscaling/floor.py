"""
Set the least number of replicas of one autoscaler: `floor.py AUTOSCALER REPLICAS [--raise-only]`.

Runs in a pod, with the token of its service account; needs the right to get and patch that one
autoscaler and nothing else. Standard library only. Exits 1 with a sentence where it cannot.
"""

import argparse
import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_S = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("autoscaler")
    parser.add_argument("replicas", type=int)
    parser.add_argument("--raise-only", action="store_true", help="leave a higher floor alone")
    asked = parser.parse_args()
    try:
        floor = set_floor(asked.autoscaler, asked.replicas, raise_only=asked.raise_only)
    except urllib.error.HTTPError as error:
        reason = error.read().decode("utf-8", "replace")[:500]
        print(f"the Kubernetes API answered {error.code}: {reason}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"the Kubernetes API cannot be reached: {error}", file=sys.stderr)
        return 1
    print(f"{asked.autoscaler} keeps at least {floor} replicas")
    return 0


def set_floor(autoscaler: str, replicas: int, *, raise_only: bool) -> int:
    """The floor as it is afterwards."""
    if raise_only:
        floor = int(spec_of(autoscaler).get("minReplicas", 1))
        if floor >= replicas:
            return floor
    told = spec_of(autoscaler, {"spec": {"minReplicas": replicas}})
    return int(told["minReplicas"])


def spec_of(autoscaler: str, patch: dict[str, object] | None = None) -> dict[str, int]:
    """What the autoscaler says, after the patch where there is one."""
    namespace = (account() / "namespace").read_text(encoding="ascii").strip()
    request = urllib.request.Request(  # noqa: S310 - the address is the cluster's own
        f"{server()}/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/"
        f"{autoscaler}?fieldManager=recommender-floor",
        method="GET" if patch is None else "PATCH",
        data=None if patch is None else json.dumps(patch).encode(),
        headers={
            "Authorization": f"Bearer {token()}",
            "Content-Type": "application/merge-patch+json",
        },
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=trust()) as answer:  # noqa: S310 - the same
        told: dict[str, dict[str, int]] = json.load(answer)
    return told["spec"]


def server() -> str:
    """The cluster's own, or what `KUBERNETES_API` says."""
    host, port = (
        os.environ.get("KUBERNETES_SERVICE_HOST"),
        os.environ.get("KUBERNETES_SERVICE_PORT"),
    )
    host = f"[{host}]" if host and ":" in host else host
    return os.environ.get("KUBERNETES_API") or f"https://{host}:{port}"


def token() -> str:
    return (account() / "token").read_text(encoding="ascii").strip()


def trust() -> ssl.SSLContext | None:
    authority = account() / "ca.crt"
    return ssl.create_default_context(cafile=str(authority)) if authority.exists() else None


def account() -> Path:
    return Path(os.environ.get("KUBERNETES_ACCOUNT") or ACCOUNT)


if __name__ == "__main__":
    sys.exit(main())
