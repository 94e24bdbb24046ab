"""
What fields of several records are made of: ids, texts, moments.
"""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

ITEM_ID_LENGTH = 256
RECORD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _read_moment(value: Any) -> Any:
    """YAML brings times ready-made; a number is no time."""
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_type", "a time is a text")
    return value


def _check_id(text: str) -> str:
    if not RECORD_ID.fullmatch(text):
        raise PydanticCustomError("record_id", "an id has letters, digits, dots, _ and - only")
    return text


RecordId = Annotated[str, AfterValidator(_check_id)]
"""What people call a record, and what stands in paths: letters, digits and `. _ -`."""
ItemId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=ITEM_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
]
Note = Annotated[str, StringConstraints(max_length=500)]
Moment = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_read_moment)]


class Record(BaseModel):
    """Frozen; an unknown name is an error, so that a typing mistake never becomes a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


def contradiction(sentence: str) -> PydanticCustomError:
    """Fields that cannot be meant together; the sentence says what to write instead."""
    return PydanticCustomError("contradiction", "{sentence}", {"sentence": sentence})
