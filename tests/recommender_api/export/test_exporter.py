"""What is exported is what the server answers: items, scores, ranks, sources and reasons."""

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from recommender_api.errors import PlacementUnknown, RequestInvalid
from recommender_api.export.errors import ExportDegraded, ExportDiffers, ModelMoved
from recommender_api.export.exporter import Exporter
from recommender_api.export.ids import parts
from recommender_api.export.planning import planned
from recommender_models.opening import open_bundle
from recommender_store.catalog.log import ItemFields
from recommender_store.event_log.named_users import named_users
from recommender_store.objects.folder import FolderObjects
from tests.recommender_api.asking import asked, codes
from tests.recommender_api.rules.hooks.installed import hooks, installed_in
from tests.recommender_api.served import AUTHOR, serving, store_in, until
from tests.recommender_api.shops import NEVER_SHOWN, NEW
from tests.trainers.tenant import change_settings

from .exporting import export, metadata_of, rows_of, wanted


def users_of(folder):
    """Whom the live model knows."""
    store = store_in(folder)
    space = store.tenant("shop")
    bundle, _ = open_bundle(space.models, space.models.current().version, store.cache)
    named = [one for some in named_users(space.events.state()) for one in some]
    return sorted(one for one in named if one in bundle.users)


def events(user, items, kind="view", **more):
    now = datetime.now(UTC)
    return [
        {
            "event_id": f"{user}-{kind}-{item}",
            "kind": kind,
            "user_id": user,
            "item_id": item,
            "occurred_at": (now - timedelta(minutes=at)).isoformat(),
            **more,
        }
        for at, item in enumerate(items, start=1)
    ]


def put(client, path, body):
    response = client.put(path, json=body)
    assert response.status_code in {200, 201}, response.text


def test_every_user_gets_what_the_server_answers(own, folder, tmp_path):
    shop = own.of("shop")

    done = export(folder, tmp_path / "out", wanted(folder))

    rows = rows_of(tmp_path / "out")
    assert done.answers == len(rows) == 200
    for user, items in rows.items():
        assert items == asked(shop, "for_you", user_id=user)["items"]
    assert not NEVER_SHOWN & {item["item_id"] for items in rows.values() for item in items}


def test_rules_blocks_hidden_items_and_events_of_a_moment_ago_count(own, folder, tmp_path):
    shop = own.of("shop")
    users = users_of(folder)[:40]
    served = [item["item_id"] for item in asked(shop, "for_you", user_id=users[0])["items"]]
    put(shop, "/rules/no-first", {"kind": "block", "items": [served[0]]})
    put(shop, "/rules/cheap", {"kind": "boost", "filter": "price < 50", "factor": 3})
    put(shop, "/rules/pinned", {"kind": "pin", "item": NEW, "position": 2})
    put(shop, "/rules/off", {"kind": "block", "items": [served[1]], "enabled": False})
    assert shop.patch(f"/items/{served[2]}", json={"available": False}).status_code == 200
    sent = [*events(users[1], ["item-000020", "item-000021"]), *events("stranger", [served[3]])]
    assert shop.post("/events", json={"events": sent}).json()["accepted"] == 3
    ids = tmp_path / "users.txt"
    ids.write_text("\n".join([*users, "stranger", "nobody-knows"]) + "\n")

    done = export(folder, tmp_path / "out", wanted(folder, file=ids))

    rows = rows_of(tmp_path / "out")
    assert list(dict.fromkeys(rows)) == sorted([*users, "stranger", "nobody-knows"])
    for user, items in rows.items():
        answer = asked(shop, "for_you", user_id=user)
        assert items == answer["items"]
        assert not {served[0], served[2]} & {item["item_id"] for item in items}
        assert answer["applied_rules"] == ["cheap", "no-first", "pinned"]
    assert "item-000020" not in {item["item_id"] for item in rows[users[1]]}
    assert done.applied_rules == ["cheap", "no-first", "pinned"]


def test_a_filter_and_a_limit_are_asked_of_everybody(own, folder, tmp_path):
    request = {"limit": 25, "filter": "taste = 'taste-3'", "when_short": "fewer"}

    export(folder, tmp_path / "out", wanted(folder, request=request))

    rows = rows_of(tmp_path / "out")
    assert len(rows) > 100
    for user, items in [*rows.items()][:20]:
        assert items == asked(own.of("shop"), "for_you", user_id=user, **request)["items"]


def test_a_placement_that_begins_with_an_item_is_exported_for_items(own, folder, tmp_path):
    shop = own.of("shop")

    export(folder, tmp_path / "out", wanted(folder, "similar"))

    rows = rows_of(tmp_path / "out", "seed_item_id")
    assert len(rows) > 150
    for item, items in [*rows.items()][:50]:
        assert items == asked(shop, "similar", item_id=item)["items"]


def test_each_user_of_an_experiment_gets_their_variant(own, folder, tmp_path):
    shop = own.of("shop")
    variants = [
        {"id": "a", "weight": 1},
        {"id": "b", "weight": 1, "placement": {"sources": ["popular"]}},
    ]
    put(shop, "/experiments/plain", {"placements": ["for_you"], "variants": variants})

    export(folder, tmp_path / "out", wanted(folder))

    told = dict(
        duckdb.sql(
            f"SELECT DISTINCT user_id, variant FROM '{tmp_path}/out/*.parquet' "
            "WHERE experiment = 'plain'"
        ).fetchall()
    )
    rows = rows_of(tmp_path / "out")
    assert set(told.values()) == {"a", "b"}
    for user in [*rows][:40]:
        answer = asked(shop, "for_you", user_id=user)
        assert rows[user] == answer["items"]
        assert told[user] == answer["experiment"]["variant"]


def test_a_file_tells_what_it_was_made_of(folder, tmp_path):
    asked_for = wanted(folder, request={"limit": 3})

    export(folder, tmp_path / "out", asked_for)

    told = metadata_of(tmp_path / "out" / "part-000000.parquet")
    assert told["format"] == "recommender-export/1"
    assert (told["tenant"], told["placement"]) == ("shop", "for_you")
    assert told["version"] == asked_for.version
    assert (json.loads(told["request"]), json.loads(told["applied_rules"])) == ({"limit": 3}, [])
    assert datetime.fromisoformat(told["answered_at"]).tzinfo is not None


def test_what_was_begun_is_gone_on_with_and_done_parts_are_left_alone(folder, tmp_path):
    to, asked_for = tmp_path / "out", wanted(folder, part_size=30)
    first = export(folder, to, asked_for, most_parts=3)
    before = {file.name: file.stat().st_mtime_ns for file in to.glob("*.parquet")}

    rest = export(folder, to, asked_for)

    assert (first.answers, rest.answers) == (90, 110)
    assert [file.name for file in sorted(to.glob("*.parquet"))] == [
        f"part-{number:06d}.parquet" for number in range(7)
    ]
    assert all((to / name).stat().st_mtime_ns == at for name, at in before.items())
    whole = tmp_path / "whole"
    export(folder, whole, wanted(folder))
    assert rows_of(to) == rows_of(whole)


def test_what_is_hidden_meanwhile_is_in_no_later_part(folder, tmp_path):
    store = store_in(folder)
    space, place = store.tenant("shop"), FolderObjects(tmp_path / "out")
    plan, ids = planned(space, store.cache, wanted(folder, "popular", by="user", part_size=100))
    exporter = Exporter(space, store.cache, plan, place)
    before, after = parts(plan, ids, set())
    exporter.export(before)
    first = next(iter(rows_of(tmp_path / "out").values()))[0]["item_id"]

    store_in(folder).tenant("shop").catalog.write([ItemFields(first, {"available": False})])
    exporter.export(after)

    rows = rows_of(tmp_path / "out")
    assert [rows[user][0]["item_id"] == first for user in before.ids] == [True] * 100
    assert not [user for user in after.ids if first in {one["item_id"] for one in rows[user]}]


def test_another_question_does_not_go_on_where_one_was_begun(folder, tmp_path):
    export(folder, tmp_path / "out", wanted(folder, part_size=30), most_parts=1)

    with pytest.raises(ExportDiffers, match=r"request: there \{\}, here \{'limit': 5\}"):
        export(folder, tmp_path / "out", wanted(folder, part_size=30, request={"limit": 5}))


def test_another_model_does_not_go_on_where_one_was_begun(folder, tmp_path):
    export(folder, tmp_path / "out", wanted(folder, part_size=30), most_parts=1)
    store_in(folder).tenant("shop").models.roll_back(author=AUTHOR)

    with pytest.raises(ExportDiffers, match="version: there"):
        export(folder, tmp_path / "out", wanted(folder, part_size=30))


def test_a_model_that_goes_live_meanwhile_is_told(folder, tmp_path):
    asked_for = wanted(folder)
    store_in(folder).tenant("shop").models.roll_back(author=AUTHOR)

    with pytest.raises(ModelMoved, match="new folder"):
        export(folder, tmp_path / "out", asked_for)


def test_nothing_is_exported_of_a_tenant_whose_history_cannot_be_read(folder, tmp_path):
    for segment in (folder / "store" / "tenants" / "shop" / "events").rglob("*.jsonl.zst"):
        segment.write_bytes(b"damaged")

    with pytest.raises(ExportDegraded, match="history cannot be read"):
        export(folder, tmp_path / "out", wanted(folder))


def test_what_cannot_be_asked_is_told_before_anything_is_written(folder, tmp_path):
    with pytest.raises(RequestInvalid, match="colour"):
        export(folder, tmp_path / "out", wanted(folder, request={"filter": "colour = 'red'"}))
    with pytest.raises(PlacementUnknown, match="known are"):
        export(folder, tmp_path / "out", wanted(folder, "nowhere"))

    assert not (tmp_path / "out").exists()


def test_hooks_have_their_say(folder, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(installed_in(tmp_path / "site")))
    settings = {"allowed": tuple(hooks()), "budget_ms": 1000}
    change_settings(store_in(folder).tenant("shop"), hooks=settings)
    ids = tmp_path / "users.txt"
    ids.write_text("\n".join(users_of(folder)[:10]))
    with serving(store_in(folder)) as running:
        shop = running.of("shop")
        put(shop, "/rules/h", {"kind": "hook", "name": "last-first"})

        done = export(folder, tmp_path / "out", wanted(folder, file=ids))

        rows = rows_of(tmp_path / "out")
        until(lambda: "hook_skipped" not in codes(asked(shop, "popular")))
        assert {user: asked(shop, "for_you", user_id=user)["items"] for user in rows} == rows
    assert (done.answers, done.applied_rules, done.warnings) == (10, ["h"], {})
