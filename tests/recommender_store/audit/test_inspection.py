"""Whoever changes, removes or makes up an entry or a decision is found out."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from recommender_store.audit.audit import Wanted
from recommender_store.audit.entry import decode, encode, placed
from recommender_store.audit.inspection import Inspected, Inspection, record_untold
from recommender_store.author import Author
from recommender_store.objects.folder import FolderObjects
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.signing import SigningSecrets
from tests.recommender_store.faulty import Died, MortalObjects

ANN = Author("ann", "here")
LATER = timedelta(minutes=5)


class Shop:
    """A store in a folder with nine entries, whose files can be tampered with."""

    def __init__(self, folder: Path, secret: str = "one") -> None:
        self.folder = folder
        self.store = self.opened(secret)
        space = self.store.create_tenant("shop", "Shop", author=ANN)
        for at in range(8):
            space.policies.rules.put("r", {"id": "r", "priority": at}, author=ANN)

    def opened(self, secret: str) -> Store:
        settings = StoreSettings(url=f"file://{self.folder}", secret_key=secret)
        return open_store(settings, create=True)

    def entry(self, number: int) -> Path:
        return self.folder / "platform" / "audit" / f"{number:012d}.json"

    def rule(self, number: int) -> Path:
        return self.folder / "tenants/shop/policies/rules" / f"{number:012d}.json"

    def inspected(self, secret: str = "one", known: tuple[int, str] | None = None) -> Inspected:
        objects, signing = FolderObjects(self.folder), SigningSecrets.of(secret.split(","))
        return Inspection(objects, signing, datetime.now(UTC) + LATER).run(known)

    def sentences(self, secret: str = "one") -> list[str]:
        return [f"{one.key} {one.sentence}" for one in self.inspected(secret).findings]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "store")


def edited(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}, separators=(",", ":")))


def test_a_whole_trail_is_whole(shop: Shop) -> None:
    found = shop.inspected()

    assert (found.entries, found.findings) == (9, [])


@pytest.mark.parametrize("number", [1, 5, 9])
def test_an_edited_entry_is_named(shop: Shop, number: int) -> None:
    edited(shop.entry(number), by="somebody else")

    assert any(f"(entry {number} of the trail)" in one for one in shop.sentences())


@pytest.mark.parametrize("number", [1, 5])
def test_a_removed_entry_is_named(shop: Shop, number: int) -> None:
    shop.entry(number).unlink()

    assert any(f"(entry {number} of the trail) was removed" in one for one in shop.sentences())


def test_the_newest_entry_is_missed_by_the_decision_that_it_told(shop: Shop) -> None:
    shop.entry(9).unlink()

    (finding,) = shop.inspected().findings

    assert finding.key.endswith("policies/rules/000000000008.json")
    assert "is not in the trail" in finding.sentence


@pytest.mark.parametrize("number", [3, 8])
def test_a_decision_that_was_edited_or_removed_is_named(shop: Shop, number: int) -> None:
    edited(shop.rule(number), by="somebody else")
    (changed,) = shop.sentences()
    shop.rule(number).unlink()
    (removed,) = shop.sentences()

    assert f"{number:012d}.json was changed" in changed
    assert f"{number:012d}.json was removed" in removed


def test_a_look_for_one_tenant_tells_of_its_decisions_and_of_the_whole_trail(shop: Shop) -> None:
    shop.store.create_tenant("other", "Other", author=ANN)
    shop.rule(3).unlink()

    def found(tenant: str) -> list[str]:
        return [one.key for one in shop.store.check_audit(tenant_id=tenant).findings]

    assert found("other") == []
    assert found("shop") == ["tenants/shop/policies/rules/000000000003.json"]
    shop.entry(2).write_bytes(shop.entry(2).read_bytes().replace(b"ann", b"bob"))
    assert found("other")


def test_a_decision_written_past_the_platform_is_named_until_it_is_taken_in(shop: Shop) -> None:
    at = shop.rule(8)
    elsewhere = Shop(shop.folder.with_name("elsewhere"))
    ninth = {"id": "r", "priority": 99}
    elsewhere.store.tenant("shop").policies.rules.put("r", ninth, author=Author("eve", "x"))
    shop.rule(9).write_bytes(elsewhere.rule(9).read_bytes())
    assert at.exists()

    (before,) = shop.sentences()

    assert "eve" in before
    assert "recommender audit record" in before


def test_a_decision_that_says_it_comes_from_the_future_is_found_too(shop: Shop) -> None:
    shop.entry(9).unlink()

    found = Inspection(
        FolderObjects(shop.folder), SigningSecrets.of(["one"]), datetime.now(UTC) - LATER
    ).run()

    assert [one.key.rpartition("/")[2] for one in found.findings] == ["000000000008.json"]


def test_what_is_rewritten_with_all_its_links_lacks_the_seal(shop: Shop) -> None:
    stranger, before = SigningSecrets.of(["another"]), shop.entry(4).read_bytes()
    for number in range(5, 10):
        entry = decode(shop.entry(number).read_bytes(), number)
        forged = msgspec.structs.replace(entry, written_by="nobody")
        before = encode(placed(forged, number, before, stranger))
        shop.entry(number).write_bytes(before)

    assert any("(entry 5 of the trail)" in one and "seal" in one for one in shop.sentences())


def test_secrets_rotate_and_the_old_ones_may_go(shop: Shop) -> None:
    rotated = shop.opened("two,one").tenant("shop")
    rotated.policies.rules.put("r", {"id": "r", "priority": 9}, author=ANN)

    assert shop.sentences("two,one") == []
    assert shop.sentences("two") == []
    assert any("RECOMMENDER_SECRET_KEY" in one for one in shop.sentences("three"))
    edited(shop.entry(2), by="somebody else")
    assert any("entry 2" in one for one in shop.sentences("two"))


def test_a_head_that_was_kept_elsewhere_finds_a_trail_written_anew(shop: Shop) -> None:
    whole = shop.inspected()
    head = (whole.entries, whole.head)
    shop.store.tenant("shop").policies.rules.delete("r", author=ANN)

    assert shop.inspected(known=head).findings == []
    (finding,) = shop.inspected(known=(9, "0" * 64)).findings
    assert "written anew" in finding.sentence
    (finding,) = shop.inspected(known=(99, whole.head)).findings
    assert "(entry 99 of the trail)" in finding.sentence


def test_bytes_that_are_no_entry_are_named_and_hide_no_other(shop: Shop) -> None:
    shop.entry(3).write_bytes(b"{")

    assert any("(entry 3 of the trail) cannot be read" in one for one in shop.sentences())
    assert len(shop.store.audit.page(Wanted(), 100).entries) == 8


def test_a_tenant_that_left_is_missed_by_nobody(shop: Shop) -> None:
    space = shop.store.tenant("shop")
    space.end(author=ANN)
    shop.store.leave(space.tenant_id, datetime.now(UTC) + timedelta(days=8), dry_run=False)

    assert shop.sentences() == []


@pytest.mark.parametrize("lands", [True, False])
@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_a_writer_that_dies_leaves_nothing_that_is_not_told_or_named(
    shop: Shop, last: int, *, lands: bool
) -> None:
    mortal = MortalObjects(FolderObjects(shop.folder), last, lands=lands)
    space = TenantSpace(parse_tenant_id("shop"), mortal, shop.store.feed, shop.store.signing)

    def decide() -> None:
        for at in range(2):
            space.policies.rules.put("r", {"id": "r", "priority": 100 + at}, author=ANN)

    with contextlib.suppress(Died):
        decide()

    decided = len(list(shop.rule(1).parent.iterdir()))
    found = shop.inspected()
    assert found.entries - 1 + len(found.findings) == decided
    assert all("is not in the trail" in one.sentence for one in found.findings)
    record_untold(
        FolderObjects(shop.folder),
        shop.store.signing,
        shop.store.audit.trail,
        datetime.now(UTC) + LATER,
    )
    assert shop.sentences() == []
