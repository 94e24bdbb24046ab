"""
A tenant as a document that `tenants apply` takes, and that changes nothing when it is applied.
"""

from typing import TYPE_CHECKING

import yaml

from .tenant_policies import KINDS, own_values

if TYPE_CHECKING:
    from recommender_store.tenant_space import TenantSpace


def as_yaml(space: "TenantSpace") -> str:
    """Everything it sets; the revision is told beside it, for whoever wants to insist on it."""
    settings, revision = space.settings_revised()
    document = settings.model_dump(mode="json", exclude={"created_at"})
    for kind in KINDS:
        document[kind] = list(own_values(space, kind).values())
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return f"# revision: {revision.number}\n{text}"
