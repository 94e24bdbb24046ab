"""
The pod that every Job's begins from, as the installation wrote it: a Pod, or a part of one.

Only what is laid over later is looked at here; the rest is Kubernetes' to refuse.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from recommender_api.launch.errors import LaunchFailed
from recommender_api.strict_yaml import read_yaml


class _Variable(msgspec.Struct):
    name: str


class _Mount(msgspec.Struct, rename="camel"):
    mount_path: str


class _Container(msgspec.Struct, rename="camel"):
    env: list[_Variable] = []
    volume_mounts: list[_Mount] = []
    security_context: dict[str, Any] = {}


class _Spec(msgspec.Struct, rename="camel"):
    containers: list[_Container] = []
    volumes: list[dict[str, Any]] = []
    security_context: dict[str, Any] = {}


class _Metadata(msgspec.Struct):
    labels: dict[str, str] = {}


class _Pod(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    spec: _Spec = msgspec.field(default_factory=_Spec)


def read_template(path: Path | None) -> Mapping[str, Any]:
    """
    Read anew for every Job, so that a change of the file needs no restart.

    Raises:
        LaunchFailed: where it cannot be read, or is no Pod.
    """
    if path is None:
        return {}
    try:
        template: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"))
        msgspec.convert(template, _Pod)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise LaunchFailed(
            f"RECOMMENDER_KUBERNETES_POD_TEMPLATE: {path} is no Pod ({error})"
        ) from error
    return template
