"""
How a bucket is reached: endpoint, credentials, timeouts and retries, from a URL and variables.

Takes a fixed list of variables from the mapping that was given; these win over what the library
finds by itself: the process's own AWS_* variables, then the role of the instance or pod.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import ObjectStore as Bucket
from obstore.store import from_url

from recommender_store.errors import StoreUnavailable

from .bucket import BucketObjects

ENDPOINTS = ("RECOMMENDER_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
PASSED_ON = {
    "s3": (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
        "AWS_SERVER_SIDE_ENCRYPTION",
        "AWS_SSE_KMS_KEY_ID",
    ),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"),
    "az": (
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_TENANT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
    ),
}


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """What the variables say, and the limits of a request: an outage ends within about a minute."""

    options: Mapping[str, str] = field(repr=False)
    """The library's own option names; secrets among them, so never shown."""
    endpoint: str | None = None
    """Where an S3-compatible service listens; http:// is spoken only where this says so."""
    connect_timeout_s: float = 3
    request_timeout_s: float = 30
    retries: int = 4
    retry_for_s: float = 30

    @classmethod
    def from_environment(cls, scheme: str, environment: Mapping[str, str]) -> "BucketAccess":
        """Pick what concerns this kind of bucket; an empty variable counts as none."""
        options = {name.lower(): environment.get(name, "") for name in PASSED_ON[scheme]}
        return cls(
            options={name: value for name, value in options.items() if value},
            endpoint=_endpoint(environment) if scheme == "s3" else None,
        )


def _endpoint(environment: Mapping[str, str]) -> str | None:
    ours, theirs = (environment.get(name, "") for name in ENDPOINTS[:2])
    if ours and theirs and ours != theirs:
        # The library gives its own variable the last word, and takes no option against it.
        reason = f"{ENDPOINTS[0]} is {ours} but {ENDPOINTS[1]} is {theirs}: set one of the two"
        raise StoreUnavailable(action="choose an endpoint", reason=reason)
    return next(filter(None, (environment.get(name) for name in ENDPOINTS)), None)


def open_bucket(url: str, access: BucketAccess) -> BucketObjects:
    """Connect lazily: no request is made here. Raises StoreUnavailable for unusable credentials."""
    return BucketObjects(bucket_at(url, access), url)


def bucket_at(url: str, access: BucketAccess) -> Bucket:
    """The library's own handle, for objects whose keys are not ours; the same errors."""
    config: Any = dict(access.options)  # each kind of bucket types its own keys
    if access.endpoint:
        config["aws_endpoint"] = access.endpoint
    try:
        return from_url(
            url,
            config=config,
            client_options={
                "allow_http": (access.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=access.connect_timeout_s),
                "timeout": timedelta(seconds=access.request_timeout_s),
            },
            retry_config={
                "max_retries": access.retries,
                "retry_timeout": timedelta(seconds=access.retry_for_s),
            },
        )
    except BaseError as error:
        reason = str(error).partition("\n")[0]
        raise StoreUnavailable(action=f"open {url}", reason=reason) from error
