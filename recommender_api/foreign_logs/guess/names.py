"""
What columns are usually called, in the logs that people have.

Pure: a name comes in, a score for a role comes out. Names are compared without case and signs;
of a JSON path the last two parts count.
"""

import re

ROLES: dict[str, tuple[str, ...]] = {
    "time": (
        "timestamp", "occurredat", "eventtime", "eventtimestamp", "time", "ts", "datetime",
        "transactiontimestamp", "invoicedate", "orderdate", "transactiondate", "transactiontime",
        "purchasedate", "ordertime", "createdat", "created", "date", "eventdate", "clicktime",
        "viewtime", "visittime", "ratedat", "ratingtime", "unixreviewtime", "reviewtime", "tdat",
        "day", "when",
    ),
    "user": (
        "userid", "user", "uid", "customerid", "customer", "visitorid", "visitor", "householdid",
        "household", "householdkey", "memberid", "member", "clientid", "accountid", "buyerid",
        "shopperid", "subscriberid", "profileid", "personid", "playerid", "readerid",
        "reviewerid", "authorid", "anonymousid", "fullvisitorid", "userpseudoid", "cookieid",
        "deviceid", "usr", "userkey", "customerkey", "usercode", "customercode", "customernumber",
    ),
    "item": (
        "itemid", "item", "productid", "product", "sku", "stockcode", "movieid", "articleid",
        "article", "asin", "parentasin", "isbn", "bookid", "songid", "trackid", "artistid",
        "videoid", "showid", "newsid", "contentid", "documentid", "postid", "goodsid", "offerid",
        "listingid", "hotelid", "venueid", "businessid", "placeid", "courseid", "recipeid",
        "gameid", "appid", "adid", "productcode", "itemcode", "articlecode", "materialid", "ean",
        "upc", "iid",
    ),
    "session": (
        "sessionid", "session", "usersession", "basketid", "basket", "invoiceno", "invoice",
        "invoiceid", "orderid", "order", "ordernumber", "orderno", "receiptid", "visitid",
        "cartid", "tripid", "transactionid", "ticketid", "checkoutid",
    ),
    "kind": (
        "kind", "event", "eventtype", "eventname", "type", "action", "actiontype", "behavior",
        "behaviour", "behaviortype", "interaction", "interactiontype", "activity", "verb",
        "feedback", "feedbacktype",
    ),
    "rating": (
        "rating", "stars", "score", "overall", "ratingvalue", "userrating", "reviewscore",
        "bookrating",
    ),
    "quantity": ("quantity", "qty", "units", "orderedquantity", "itemcount", "pieces"),
    "value": (
        "value", "revenue", "salesvalue", "sales", "total", "linetotal", "amount", "totalprice",
        "turnover",
    ),
    "price": ("unitprice", "price", "itemprice", "saleprice"),
    "title": (
        "title", "itemtitle", "producttitle", "productname", "itemname", "movietitle", "name",
        "description", "productdescription", "proddesc",
    ),
    "category": (
        "category", "categorycode", "productcategory", "genre", "genres", "department",
    ),
    "brand": ("brand",),
}  # fmt: skip
"""The likeliest name first."""

_EXACT = 1000
_PART = 100
SURE_SCORE = _EXACT - 100
"""From here on it is the whole name that speaks, not a word in it."""
_PARTS: dict[str, tuple[str, ...]] = {
    "time": ("timestamp", "time", "date", "datetime"),
    "user": ("user", "customer", "visitor", "household", "member", "shopper", "buyer"),
    "item": ("item", "product", "sku", "article", "movie", "asin", "content"),
    "session": ("session", "basket", "invoice", "order"),
    "kind": ("event", "action", "behavior"),
    "rating": ("rating", "stars"),
    "quantity": ("quantity", "qty"),
}
"""A name of several words, such as web_user_ref, counts a little for the words in it."""
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def score(name: str, role: str) -> int:
    """How much a name speaks for a role; 0 for not at all."""
    for flat in _flat_forms(name):
        if flat in ROLES[role]:
            return _EXACT - ROLES[role].index(flat)
    words = {word.lower() for word in _WORDS.findall(_last_part(name))}
    return _PART if words & set(_PARTS.get(role, ())) else 0


def _last_part(name: str) -> str:
    return name.rpartition(".")[2] if name.startswith("$.") else name


def _flat_forms(name: str) -> list[str]:
    """``$.user.id`` reads as userid, then as id."""
    parts = name[2:].split(".") if name.startswith("$.") else [name]
    forms = ["".join(parts[-2:]), parts[-1]] if len(parts) > 1 else parts
    return [re.sub(r"[^a-z0-9]", "", form.lower()) for form in forms]
