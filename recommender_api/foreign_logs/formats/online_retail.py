"""
Online Retail (UCI 352 and its second edition): the invoices of a UK gift wholesaler.

A line is a purchase, its invoice the session; lines without a customer belong to the session
alone. Cancellations, corrections, giveaways and what is no product are skipped, each by name.
Times are London's.
"""

from recommender_api.foreign_logs.declarations.conditions import Condition
from recommender_api.foreign_logs.declarations.fields import AttributeSource, Fields, FieldSource
from recommender_api.foreign_logs.declarations.kinds import KindSource
from recommender_api.foreign_logs.declarations.times import TimeSource
from recommender_api.foreign_logs.guess.look import Look
from recommender_api.foreign_logs.mapping import LogMapping

from .foreign_log import BuiltInFormat, ForeignLog

_EDITIONS = (
    ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"),
    ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"),
)
_ZONE = "Europe/London"
_NO_PRODUCTS = (
    "POST", "D", "M", "m", "S", "B", "DOT", "C2", "C3", "CRUK", "BANK CHARGES", "AMAZONFEE",
    "AMAZON", "ADJUST", "ADJUST2", "23444",
)  # fmt: skip
"""Postage, discounts, manual corrections, samples, carriage, commissions, fees."""


def _recognise(look: Look) -> bool:
    return any(set(edition) <= set(look.columns) for edition in _EDITIONS)


def _plan(look: Look) -> ForeignLog:
    edition = next(one for one in _EDITIONS if set(one) <= set(look.columns))
    invoice, stock, description, quantity, moment, price, customer = edition
    mapping = LogMapping(
        file=look.file,
        kind=KindSource(constant="purchase"),
        time=TimeSource(column=moment, format=_format(look, moment), zone=_ZONE),
        fields=Fields(
            # Spreadsheets saved the customer as a number: 17850.0.
            user_id=FieldSource(column=customer, integer=True),
            session_id=FieldSource(column=invoice),
            item_id=FieldSource(column=stock),
            quantity=FieldSource(column=quantity),
            value=FieldSource(column=price, times=quantity),
        ),
        skip=(
            Condition(column=invoice, starts_with="C", name="cancelled invoices"),
            Condition(column=invoice, starts_with="A", name="corrections of debts"),
            Condition.model_validate({"column": stock, "in": _NO_PRODUCTS, "name": "no products"}),
            Condition(column=stock, matches="^(gift_|TEST)", name="vouchers and tests"),
            Condition(column=quantity, at_most=0, name="stock corrections"),
            Condition(column=price, at_most=0, name="giveaways and write-offs"),
        ),
        items={
            "title": AttributeSource(column=description, type="text"),
            "price": AttributeSource(column=price, type="number"),
        },
    )
    return ForeignLog((look.path,), mapping)


def _format(look: Look, moment: str) -> str:
    """The editions in circulation write ISO or month first; a day first was not seen."""
    forms = look.formats(moment)
    month_first = [form for form in forms if form.startswith("%m/%d")]
    return next(iter(month_first or forms), "iso")


ONLINE_RETAIL = BuiltInFormat(
    "online-retail",
    ("OnlineRetail.csv", "online_retail.csv", "online_retail_II.csv"),
    _recognise,
    _plan,
)
