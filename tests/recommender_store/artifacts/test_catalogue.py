"""Bundles are published whole or not at all, and one of them is current by one step."""

import msgspec
import pytest
import structlog

from recommender_store.artifacts.catalogue import Current, ModelCatalogue
from recommender_store.artifacts.errors import (
    ArtifactCorrupt,
    ArtifactExists,
    ArtifactFormatUnknown,
    ArtifactMissing,
    ModelRefused,
    NothingToRollBack,
)
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.manifest import Verdict
from recommender_store.artifacts.standing import decisions, standing
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict, StoreFull
from recommender_store.objects.scope import Scope
from tests.recommender_store.artifacts.conftest import MakeBundle, Publishable
from tests.recommender_store.faulty import Died, FullObjects, InterruptedObjects, MortalObjects


def catalogue(scope: Scope) -> ModelCatalogue:
    return ModelCatalogue("shop", Scope(scope))


def versions(models: ModelCatalogue) -> list[str]:
    return [manifest.version for manifest in models.versions()]


@pytest.fixture
def models(memory: Scope) -> ModelCatalogue:
    return catalogue(memory)


@pytest.fixture
def cache(store: object) -> LocalCache:
    cache: LocalCache = store.cache  # type: ignore[attr-defined] # the store of the parent conftest
    return cache


def publish_three(models: ModelCatalogue, make_bundle: MakeBundle) -> None:
    for version in ("v1", "v2", "v3"):
        models.publish(*make_bundle(version))


def test_a_tenant_begins_without_models(models: ModelCatalogue) -> None:
    assert models.current() == Current(None, 0)
    assert versions(models) == []
    assert list(models.history()) == []


def test_a_published_bundle_is_opened_as_it_was_made(
    models: ModelCatalogue, make_bundle: MakeBundle, cache: LocalCache
) -> None:
    folder, made = make_bundle("v1")
    models.publish(folder, made)

    manifest, opened = models.open("v1", cache)

    assert manifest == made == models.manifest("v1")
    for path in ("items.marisa", "similar/lists.npy", "popular/p.npy"):
        assert (opened / path).read_bytes() == (folder / path).read_bytes()
    assert models.current().version is None


def test_a_carried_over_slot_is_opened_from_the_bundle_that_made_it(
    models: ModelCatalogue, make_bundle: MakeBundle, cache: LocalCache, memory: Scope
) -> None:
    models.publish(*make_bundle("v1"))
    models.publish(*make_bundle("v2", carried=models.manifest("v1")))

    _, opened = models.open("v2", cache)

    assert (opened / "popular/p.npy").read_bytes() == b"pop"
    assert [info.key for info in memory.list("artifacts/v2")] == [
        "artifacts/v2/items.marisa",
        "artifacts/v2/manifest.json",
        "artifacts/v2/manifest.sha256",
        "artifacts/v2/similar/lists.npy",
    ]


def test_the_manifest_is_written_last(memory: Scope, make_bundle: MakeBundle) -> None:
    for last in range(1, 4):
        dying = catalogue(Scope(MortalObjects(memory, last, lands=True)))
        with pytest.raises(Died):
            dying.publish(*make_bundle("v1"))
        models = catalogue(memory)
        assert versions(models) == []
        with pytest.raises(ArtifactMissing):
            models.promote("v1", author=Author("t", "t"))

    models.publish(*make_bundle("v1"))
    assert versions(models) == ["v1"]


def test_publishing_again_changes_nothing(models: ModelCatalogue, make_bundle: MakeBundle) -> None:
    models.publish(*make_bundle("v1"))
    models.publish(*make_bundle("v1"))

    assert versions(models) == ["v1"]


def test_a_taken_version_is_refused_and_what_has_it_stays_whole(
    models: ModelCatalogue, make_bundle: MakeBundle, cache: LocalCache
) -> None:
    models.publish(*make_bundle("v1"))

    with pytest.raises(ArtifactExists):
        models.publish(*make_bundle("v1", size=11))

    _, opened = models.open("v1", cache)
    assert (opened / "similar/lists.npy").read_bytes() == b"x" * 10


@pytest.mark.parametrize("room_for", range(4))
def test_a_full_disk_leaves_the_current_model_as_it_was(
    memory: Scope, make_bundle: MakeBundle, author: Author, room_for: int
) -> None:
    models = catalogue(memory)
    models.publish(*make_bundle("v1"))
    models.promote("v1", author=author)
    full = catalogue(Scope(FullObjects(memory, room_for)))

    with pytest.raises(StoreFull):
        full.publish(*make_bundle("v2"))

    assert models.current().version == "v1"
    assert versions(models) == ["v1"]
    models.publish(*make_bundle("v2"))
    assert versions(models) == ["v1", "v2"]


@pytest.mark.parametrize("version", ["v9", "../v1", "", "a b", "v1/similar", "é"])
def test_an_unknown_version_is_missing_however_it_is_spelt(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author, version: str
) -> None:
    models.publish(*make_bundle("v1"))

    with pytest.raises(ArtifactMissing):
        models.manifest(version)
    with pytest.raises(ArtifactMissing):
        models.promote(version, author=author)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff", b'{"version": "v1"}', b'{"format": "bundle/1"}', b"null"]
)
def test_an_unreadable_manifest_is_corrupt(
    models: ModelCatalogue, memory: Scope, damage: bytes
) -> None:
    memory.put("artifacts/v1/manifest.json", damage)

    with pytest.raises(ArtifactCorrupt, match=r"manifest\.json"):
        models.manifest("v1")


def test_a_manifest_under_another_version_is_corrupt(
    models: ModelCatalogue, memory: Scope, make_bundle: MakeBundle
) -> None:
    models.publish(*make_bundle("v1"))
    memory.put("artifacts/v2/manifest.json", memory.get("artifacts/v1/manifest.json"))

    with pytest.raises(ArtifactCorrupt, match="'v1'"):
        models.manifest("v2")


def test_an_unknown_format_is_told_before_anything_else(
    models: ModelCatalogue, memory: Scope
) -> None:
    memory.put("artifacts/v1/manifest.json", msgspec.json.encode({"format": "bundle/9", "new": 1}))

    with pytest.raises(ArtifactFormatUnknown) as caught:
        models.manifest("v1")
    assert (caught.value.found, caught.value.known) == ("bundle/9", "bundle/2")


def test_an_unreadable_bundle_does_not_hide_the_others(
    models: ModelCatalogue, memory: Scope, make_bundle: MakeBundle
) -> None:
    publish_three(models, make_bundle)
    memory.put("artifacts/v2/manifest.json", b"{}")
    memory.put("artifacts/v3/manifest.json", b'{"format": "bundle/9"}')

    with structlog.testing.capture_logs() as logs:
        assert versions(models) == ["v1"]
    assert [line["code"] for line in logs] == ["artifact_corrupt", "artifact_format_unknown"]


def with_a_refused_slot(made: Publishable) -> Publishable:
    folder, manifest = made
    verdict = Verdict(slot="similar", passed=False, sentence="it is worse")
    record = manifest.slots["similar"].model_copy(update={"verdict": verdict})
    return folder, manifest.model_copy(update={"slots": manifest.slots | {"similar": record}})


@pytest.mark.parametrize("despite", [None, ""])
def test_what_the_gate_refused_goes_live_with_a_reason_only(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author, despite: str | None
) -> None:
    models.publish(*with_a_refused_slot(make_bundle("v1")))

    with pytest.raises(ModelRefused, match="similar: it is worse"):
        models.promote("v1", author=author, reason="please", despite=despite)
    assert models.current() == Current(None, 0)

    now = models.promote("v1", author=author, despite="a holiday")
    assert now == Current("v1", 1, None, is_forced=True)
    assert decisions(models, "v1") == [
        {
            "number": 1,
            "at": next(iter(models.history())).written_at.isoformat(),
            "by": author.by,
            "from": author.origin,
            "reason": "a holiday",
            "forced": True,
        }
    ]


def test_a_model_that_was_not_refused_is_not_said_to_be_forced(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    models.publish(*make_bundle("v1"))

    assert models.promote("v1", author=author, despite="to be sure") == Current("v1", 1)


def test_a_refused_slot_that_was_forced_once_is_carried_over_without_another_word(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    models.publish(*with_a_refused_slot(make_bundle("v1")))
    folder, later = make_bundle("v2")
    carried = later.slots | {"similar": models.manifest("v1").slots["similar"]}
    models.publish(folder, later.model_copy(update={"slots": carried}))

    assert models.promote("v2", author=author) == Current("v2", 1)
    assert [standing(one, models.current()) for one in models.versions()] == ["refused", "live"]


def test_promotions_and_rollbacks_have_a_history(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    publish_three(models, make_bundle)
    for version in ("v1", "v2", "v3"):
        models.promote(version, author=author, reason=f"because {version}")

    assert models.roll_back(author=author).version == "v2"
    assert models.roll_back(author=author).version == "v1"
    with pytest.raises(NothingToRollBack):
        models.roll_back(author=author)

    told = [(past.value or {})["version"] for past in models.history()]
    assert told == ["v1", "v2", "v3", "v2", "v1"]
    assert models.current().version == "v1"


def test_a_promotion_after_a_rollback_rolls_back_to_where_it_came_from(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    publish_three(models, make_bundle)
    models.promote("v1", author=author)
    models.promote("v2", author=author)
    models.roll_back(author=author)
    models.promote("v3", author=author)

    assert models.roll_back(author=author).version == "v1"


def test_promoting_the_current_model_again_keeps_the_way_back(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    publish_three(models, make_bundle)
    models.promote("v1", author=author)
    before = models.promote("v2", author=author)

    assert models.promote("v2", author=author) == before
    assert models.roll_back(author=author).version == "v1"


def test_there_is_no_way_back_from_the_first_model(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    models.publish(*make_bundle("v1"))
    models.promote("v1", author=author)

    with pytest.raises(NothingToRollBack):
        models.roll_back(author=author)
    assert models.current().version == "v1"


def test_who_decided_on_an_older_state_is_told_so(
    models: ModelCatalogue, make_bundle: MakeBundle, author: Author
) -> None:
    publish_three(models, make_bundle)
    compared_with = models.current().number
    models.promote("v1", author=author, expected=compared_with)

    for version in ("v2", "v1"):
        with pytest.raises(RevisionConflict):
            models.promote(version, author=author, expected=compared_with)
    assert models.current().version == "v1"


def test_of_two_promoters_at_once_one_is_told_to_decide_again(
    memory: Scope, make_bundle: MakeBundle, author: Author
) -> None:
    models = catalogue(memory)
    publish_three(models, make_bundle)
    racing = InterruptedObjects(
        memory, "models/current/", [lambda: models.promote("v1", author=author)]
    )

    with pytest.raises(RevisionConflict):
        catalogue(Scope(racing)).promote("v2", author=author)

    assert models.current().version == "v1"
    assert len(list(models.history())) == 1


def test_a_version_that_is_gone_is_not_rolled_back_to(
    models: ModelCatalogue, memory: Scope, make_bundle: MakeBundle, author: Author
) -> None:
    publish_three(models, make_bundle)
    models.promote("v1", author=author)
    models.promote("v2", author=author)
    memory.delete("artifacts/v1/manifest.json")

    with pytest.raises(ArtifactMissing):
        models.roll_back(author=author)
    assert models.current().version == "v2"
