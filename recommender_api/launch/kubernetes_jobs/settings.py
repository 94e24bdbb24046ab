"""
What an installation says of the Jobs that it starts: read once from the environment.

Secrets are named here, never held: a Job refers to them, and whoever may read Jobs reads none.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from recommender_api.launch.errors import LauncherAbsent
from recommender_api.strict_yaml import KeyRepeated, read_yaml

VARIABLES = {
    "image": "RECOMMENDER_KUBERNETES_IMAGE",
    "namespace": "RECOMMENDER_KUBERNETES_NAMESPACE",
    "service_account": "RECOMMENDER_KUBERNETES_SERVICE_ACCOUNT",
    "pod_template": "RECOMMENDER_KUBERNETES_POD_TEMPLATE",
    "secrets": "RECOMMENDER_KUBERNETES_SECRETS",
    "resources": "RECOMMENDER_KUBERNETES_RESOURCES",
    "owner": "RECOMMENDER_KUBERNETES_OWNER",
    "cluster": "RECOMMENDER_KUBERNETES_CLUSTER",
    "start_limit_s": "RECOMMENDER_KUBERNETES_START_LIMIT_S",
    "limit_s": "RECOMMENDER_KUBERNETES_LIMIT_S",
    "keep_s": "RECOMMENDER_KUBERNETES_KEEP_S",
    "kubeconfig": "KUBECONFIG",
}
"""Field → the variable that it is read from."""

POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where a pod finds the name of its own."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$")]
Quantity = Annotated[
    str, BeforeValidator(str), StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|[kMGT]i?)?$")
]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Resources(_Said):
    """What a Job of a class asks for; of memory and disk it never gets more."""

    cpu: Quantity
    memory: Quantity
    disk: Quantity = "20Gi"


class Owner(_Said):
    """What takes its Jobs along when it is deleted, such as the API's Deployment."""

    api_version: str
    kind: str
    name: Name
    uid: str


class KubernetesSettings(_Said):
    """How Jobs are made, and where."""

    image: str | None = None
    """What Jobs run; None: what the template says."""
    namespace: Name = "default"
    service_account: Name | None = None
    """Of the Jobs; None: what the template says, or the namespace's own."""
    pod_template: Path | None = None
    """A file with a Pod, or a part of one, that every Job's begins from."""
    secrets: dict[str, tuple[str, str]] = Field(default_factory=dict)
    """Variable → the name of a Secret, and the key in it."""
    resources: dict[str, Resources] = Field(
        default_factory=lambda: {
            "small": Resources(cpu="1", memory="2Gi"),
            "medium": Resources(cpu="4", memory="16Gi", disk="50Gi"),
            "large": Resources(cpu="16", memory="64Gi", disk="200Gi"),
            "spark": Resources(cpu="2", memory="8Gi", disk="50Gi"),
        }
    )
    owner: Owner | None = None
    cluster: str = Field(default="", pattern=r"^[\w.-]*$")
    """Tells clusters apart that share one store."""
    start_limit_s: int = Field(default=900, ge=1)
    """How long a Job may wait for a node before it is given up."""
    limit_s: int = Field(default=43_200, ge=1)
    """How long a Job may take, from its start."""
    keep_s: int = Field(default=86_400, ge=60)
    """How long a Job that ended, and what it said, stays to be looked at."""
    kubeconfig: str | None = None
    """A file; None: that of the pod's service account, or of the user."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """
        Raises:
            LauncherAbsent: names the variable that is missing, or makes no sense.
        """
        given = {field: environment.get(name) for field, name in VARIABLES.items()}
        said = {field: text for field, text in given.items() if text}
        if "namespace" not in said and POD_NAMESPACE.exists():
            said["namespace"] = POD_NAMESPACE.read_text(encoding="utf-8").strip()
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            first = error.errors()[0]
            variable = VARIABLES[str(first["loc"][0])]
            raise LauncherAbsent(f"{variable}: {_said(first)}") from error

    @field_validator("secrets", mode="before")
    @classmethod
    def _read_secrets(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        return dict(_secret(one.strip()) for one in given.split(",") if one.strip())

    @field_validator("resources", mode="before")
    @classmethod
    def _read_resources(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            return read_yaml(given)
        except KeyRepeated as error:
            raise ValueError(str(error)) from error
        except yaml.YAMLError as error:
            raise ValueError("write YAML, such as {small: {cpu: 1, memory: 2Gi}}") from error

    @field_validator("owner", mode="before")
    @classmethod
    def _read_owner(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        parts = given.split(":")
        if len(parts) != len(Owner.model_fields):
            raise ValueError("write apiVersion:Kind:name:uid, such as apps/v1:Deployment:api:0f1c…")
        return dict(zip(Owner.model_fields, parts, strict=True))


def _secret(text: str) -> tuple[str, tuple[str, str]]:
    variable, _, place = text.partition("=")
    secret, _, key = place.partition("/")
    if not (variable and secret and key):
        raise ValueError("write VARIABLE=secret/key,…, such as RECOMMENDER_SECRET_KEY=keys/secret")
    return variable, (secret, key)


def _said(error: Any) -> str:
    within = ".".join(str(part) for part in error["loc"][1:])
    sentence = str(error["msg"]).removeprefix("Value error, ")
    return f"{within}: {sentence}" if within else sentence
