"""
What the query string of the events route may say.
"""

from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender_api.errors import RequestInvalid
from recommender_api.exchange.field_faults import field_faults


class EventsQuery(BaseModel):
    """Every field is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    validate_only: bool = Field(default=False, description="Tell what would become of the batch.")


def reads_validate_only(query: bytes) -> bool:
    """
    Whether nothing is to be stored.

    Raises:
        RequestInvalid: for anything else, so that a trial with a typing mistake stores nothing.
    """
    if not query:
        return False
    try:
        pairs = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        return EventsQuery.model_validate(pairs).validate_only
    except ValidationError as error:
        faults = [*field_faults(error.errors(), EventsQuery.model_fields)]
        raise RequestInvalid(faults) from error
