import json

import pytest

from recommender_api.foreign_logs.inspect import inspect_log
from recommender_api.foreign_logs.items import read_items

RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def items_of(path):
    items = [json.loads(line) for line in path.read_text().splitlines()]
    return {item["item_id"]: item["fields"] for item in items}


@pytest.mark.parametrize(
    ("ratings", "films", "name", "film_name"),
    [
        (
            "userId,movieId,rating,timestamp\n1,10,4.5,1260759144\n2,11,3,1260759145\n",
            "movieId,title,genres\n10,Heat (1995),Action|Crime\n11,Odd,(no genres listed)\n",
            "ratings.csv",
            "movies.csv",
        ),
        (
            "1::10::4.5::1260759144\n2::11::3::1260759145\n",
            "10::Heat (1995)::Action|Crime\n11::Odd::(no genres listed)\n",
            "ratings.dat",
            "movies.dat",
        ),
        (
            "1\t10\t4.5\t1260759144\n2\t11\t3\t1260759145\n",
            "10|Heat (1995)|1|1\n11|Odd|0|1\n",
            "u.data",
            "u.item",
        ),
    ],
    ids=["csv", "dat", "100k"],
)
def test_movielens_is_known_in_all_its_forms(write, read, ratings, films, name, film_name):
    folder = write(f"ml/{name}", ratings).parent
    write(f"ml/{film_name}", films)

    found = inspect_log(folder)
    _, events = read(list(found.paths), found.mapping)
    items = items_of(
        read_items(found.item_paths, into=folder / "items", mapping=found.item_mapping).path
    )

    assert (found.format, found.is_unambiguous) == ("movielens", True)
    assert [(e["kind"], e["user_id"], e["item_id"], e["value"]) for e in events] == [
        ("rating", "1", "10", 4.5),
        ("rating", "2", "11", 3.0),
    ]
    assert (items["10"]["title"], items["10"]["year"]) == ("Heat (1995)", 1995)
    assert items["10"].get("genres", ["Action", "Crime"]) == ["Action", "Crime"]
    assert items["11"] == {"title": "Odd"}


def test_movielens_without_films_has_no_items(write):
    path = write("ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.5,1260759144\n")

    found = inspect_log(path, "movielens")

    assert (found.item_paths, found.item_mapping) == ((), None)


def test_online_retail_skips_what_is_no_sale_and_keeps_lines_without_customer(
    write, read, tmp_path
):
    lines = [
        "536365,85123A,WHITE HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
        "536365,85123A,WHITE HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
        "536366,85123A,?,2,2011-07-01T08:26:00,2.55,,United Kingdom",
        "C536367,85123A,WHITE HOLDER,-6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
        "536368,POST,POSTAGE,1,2010-12-01T08:26:00,18,17850,France",
        "536369,22139,,56,2010-12-01T08:26:00,0,,United Kingdom",
        "536370,gift_0001_20,VOUCHER,1,2010-12-01T08:26:00,20,1,United Kingdom",
        "A536371,B,Adjust bad debt,1,2010-12-01T08:26:00,11062.06,,United Kingdom",
        "536372,21703,damaged,-5,2010-12-01T08:26:00,1,,United Kingdom",
    ]
    found = inspect_log(write("OnlineRetail.csv", RETAIL + "\n".join(lines) + "\n"))

    report, events = read(list(found.paths), found.mapping)
    items = items_of(read_items(found.paths, into=tmp_path / "items", mapping=found.mapping).path)

    assert (found.format, found.is_unambiguous) == ("online-retail", True)
    assert report.skipped == {
        "cancelled invoices": 1,
        "corrections of debts": 1,
        "no products": 1,
        "vouchers and tests": 1,
        "stock corrections": 1,
        "giveaways and write-offs": 1,
    }
    assert [(e["user_id"], e["session_id"], e["value"]) for e in events] == [
        ("17850", "536365", 15.3),
        ("17850", "536365", 15.3),
        (None, "536366", 5.1),
    ]
    assert events[2]["occurred_at"] % 86_400 == 7 * 3600 + 26 * 60  # summer time in London
    assert items == {"85123A": {"title": "WHITE HOLDER", "price": 2.55}}


def test_online_retail_is_known_with_months_first_and_customers_as_floats(write, read):
    header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    lines = "".join(
        f"{n},85123A,HOLDER £,6,12/{n}/2010 8:26,2.55,17850.0,UK\n" for n in range(1, 29)
    )

    found = inspect_log(write("retail.csv", (header + lines).encode("latin-1")))
    _, events = read(list(found.paths), found.mapping)

    assert found.mapping.time.format == "%m/%d/%Y %H:%M"
    assert {event["user_id"] for event in events} == {"17850"}


def test_retailrocket_is_known(write, read):
    content = (
        "timestamp,visitorid,event,itemid,transactionid\n"
        "1433221332117,257597,view,355908,\n"
        "1433224214164,992329,addtocart,248676,\n"
        "1433222276276,599528,transaction,356475,4000\n"
    )
    found = inspect_log(write("events.csv", content))

    _, events = read(list(found.paths), found.mapping)

    assert found.format == "retailrocket"
    assert [(e["kind"], e["user_id"], e["attributes"]) for e in events] == [
        ("view", "257597", None),
        ("purchase", "599528", '{"transaction_id":"4000"}'),
        ("cart", "992329", None),
    ]
