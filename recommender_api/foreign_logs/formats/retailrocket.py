"""
RetailRocket's events.csv: what visitors of a shop looked at, put into the cart and bought.

Its items have hashed properties only, which are not read.
"""

from recommender_api.foreign_logs.declarations.fields import Fields, FieldSource
from recommender_api.foreign_logs.declarations.kinds import KindSource
from recommender_api.foreign_logs.declarations.times import TimeSource
from recommender_api.foreign_logs.guess.look import Look
from recommender_api.foreign_logs.mapping import LogMapping

from .foreign_log import BuiltInFormat, ForeignLog

_COLUMNS = {"timestamp", "visitorid", "event", "itemid", "transactionid"}
_KINDS = {"view": "view", "addtocart": "cart", "transaction": "purchase"}


def _recognise(look: Look) -> bool:
    return set(look.columns) >= _COLUMNS


def _plan(look: Look) -> ForeignLog:
    mapping = LogMapping(
        file=look.file,
        kind=KindSource(column="event", map=_KINDS),
        time=TimeSource(column="timestamp", format="epoch_ms"),
        fields=Fields(
            user_id=FieldSource(column="visitorid"), item_id=FieldSource(column="itemid")
        ),
        attributes={"transaction_id": FieldSource(column="transactionid")},
    )
    return ForeignLog((look.path,), mapping)


RETAILROCKET = BuiltInFormat("retailrocket", ("events.csv",), _recognise, _plan)
