"""Models and bundles made by hand, without any fit."""

from datetime import UTC, datetime
from pathlib import Path

import faiss
import msgspec
import numpy as np

from recommender_models.blend import Blend
from recommender_models.bundle import Bundle
from recommender_models.described import DescribedLists, Limits, Weighed
from recommender_models.factors import Confidence, Factors
from recommender_models.index_search import ItemIndex
from recommender_models.item_weights import ItemWeights
from recommender_models.mean_factors import MeanFactors
from recommender_models.neighbours import NeighbourLists
from recommender_models.popularity import PopularRanking
from recommender_models.protocol import History
from recommender_models.seen import SeenItems
from recommender_models.session_neighbours import Limits as SessionLimits
from recommender_models.session_neighbours import SessionNeighbours
from recommender_models.weighting import Weighting
from recommender_models.word_index import WordIndex
from recommender_store.artifacts.arrays import save_array
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.known_users import DigestedUsers
from recommender_store.artifacts.manifest import FileRecord, Lineage, Manifest, SlotRecord
from recommender_store.artifacts.session_rows import SessionRows
from recommender_store.artifacts.vocabulary import Vocabulary

UNTIL = datetime(2026, 2, 1, tzinfo=UTC)
WEIGHTING = Weighting({"view": 1.0, "purchase": 5.0, "rating": 3.0}, positive_rating=3.0)
REGULARIZATION = 0.1


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def history(*items: int, excluded=(), weight: float = 1.0, **more) -> History:
    return History(
        rows=rows(*items),
        weights=np.full(len(items), weight, dtype=np.float32),
        excluded=rows(*excluded),
        **more,
    )


def neighbour_lists(items: int = 30, length: int = 10, seed: int = 1) -> NeighbourLists:
    """Each item's neighbours are others at random, with scores in quarters: many tie."""
    rng = np.random.default_rng(seed)
    neighbours = np.full((items, length), -1, dtype=np.int32)
    scores = np.zeros((items, length), dtype=np.float32)
    for item in range(items):
        count = int(rng.integers(0, length + 1))
        others = rng.permutation(np.delete(np.arange(items), item))[:count]
        said = rng.integers(1, 5, size=count) / 4
        order = np.lexsort((others, -said))
        neighbours[item, :count], scores[item, :count] = others[order], said[order]
    return NeighbourLists(neighbours, scores)


def described_lists(items: int = 30, length: int = 10) -> DescribedLists:
    """Every item has the word `all`, which says little; each third one `third`, which says more."""
    words, third = Vocabulary.of(["all", "third"]), np.arange(0, items, 3)
    having = {"all": np.arange(items), "third": third}
    by_row = [having[word] for word in words.ids(range(2))]
    weights = np.full((items, 2), 0.0, dtype=np.float32)
    weights[:, words.row("all")] = 1.0
    weights[third] = (0.6, 0.8) if words.row("third") else (0.8, 0.6)
    return DescribedLists(
        neighbour_lists(items, length),
        words,
        WordIndex(
            np.cumsum([0, *map(len, by_row)]),
            np.concatenate(by_row).astype(np.int32),
            np.concatenate([weights[rows, word] for word, rows in enumerate(by_row)]),
        ),
        Weighed(
            rarity=np.array([3, 4] if words.row("third") else [4, 3], dtype=np.float32),
            boosts=np.ones(items, dtype=np.float32),
            is_told_of=np.arange(items) % 2 == 0,
        ),
        Limits(minimum_similarity=0.1, new_word_rarity=12.0),
    )


def session_rows(contents, items: int, owners=None, per_item: int = 50) -> SessionRows:
    """Sessions of these items, oldest first; owners are pairs of digests."""
    return SessionRows.of(
        np.cumsum([0, *map(len, contents)]),
        np.array([item for one in contents for item in sorted(one)], dtype=np.int32),
        np.array(owners or [(0, 0)] * len(contents), dtype=np.uint64).reshape(-1, 2),
        items,
        per_item,
    )


def session_neighbours(items: int = 30, sessions: int = 200, seed: int = 4) -> SessionNeighbours:
    """Sessions of items at random; rarity in quarters, so that scores tie."""
    rng = np.random.default_rng(seed)
    contents = [
        rng.choice(items, size=int(rng.integers(2, 9)), replace=False) for _ in range(sessions)
    ]
    rarity = (rng.integers(4, 9, size=items) / 4).astype(np.float32)
    return SessionNeighbours(session_rows(contents, items), rarity, SessionLimits(60, 30))


def factors(items: int = 400, users: int = 20, width: int = 8, seed: int = 1) -> Factors:
    """Vectors at random; the last item has none, and every tenth equals the one before it."""
    rng = np.random.default_rng(seed)
    item_factors = rng.normal(size=(items, width)).astype(np.float32)
    item_factors[9::10] = item_factors[8::10][: len(item_factors[9::10])]
    item_factors[-1] = 0
    gram = item_factors.T @ item_factors + REGULARIZATION * np.eye(width, dtype=np.float32)
    known = np.flatnonzero(item_factors.any(axis=1)).astype(np.int32)
    index = faiss.IndexFlatIP(width)
    index.add(item_factors[known])
    user_factors = rng.normal(size=(users, width)).astype(np.float32)
    confidence = Confidence(alpha=2.0)
    return Factors(item_factors, gram, confidence, ItemIndex(index, known), user_factors)


def mean_factors(items: int = 400) -> MeanFactors:
    """The vectors of `factors`, the last number of each as its bias."""
    made = factors(items)
    return MeanFactors(made.item_factors, made.index)


def item_weights(items: int = 30, length: int = 10, seed: int = 2) -> ItemWeights:
    """Up to `length` entries a row at random, in quarters: many tie; some speak against."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, length + 1, size=items)
    columns = [np.sort(rng.permutation(items)[:count]) for count in lengths]
    said = rng.integers(-1, 5, size=int(lengths.sum())) / 4
    return ItemWeights(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate(columns).astype(np.int32),
        said.astype(np.float32),
    )


def item_weights_with_priors(items: int = 30, *, ranks_all: bool) -> ItemWeights:
    bare = item_weights(items, 20)
    priors = np.random.default_rng(4).integers(0, 3, size=items).astype(np.float32) / 4
    return ItemWeights(bare._indptr, bare._columns, bare._weights, priors, ranks_all=ranks_all)


def blend(items: int = 30) -> Blend:
    """Factors, lists and weights at random."""
    return Blend(
        [factors(items, users=20), neighbour_lists(items), item_weights(items)], [0.5, 0.3, 0.2]
    )


def popular_ranking(items: int = 30) -> PopularRanking:
    ranked = np.arange(items, dtype=np.int32)[::-1]
    return PopularRanking(ranked.copy(), np.linspace(9, 1, items, dtype=np.float32))


def seen_items(users: int, deeds: dict[int, list[tuple[int, float, int]]]) -> SeenItems:
    """User row → (item row, weight, kinds)."""
    entries = [(user, *deed) for user in range(users) for deed in sorted(deeds.get(user, []))]
    counts = (
        np.bincount([user for user, *_ in entries], minlength=users) if entries else [0] * users
    )
    return SeenItems(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([item for _, item, _, _ in entries], dtype=np.int32),
        np.array([weight for _, _, weight, _ in entries], dtype=np.float32),
        np.array([kinds for *_, kinds in entries], dtype=np.uint8),
    )


DIGESTS = Digests(b"k" * 32)


def bundle(folder: Path, slots: dict, *, items, users=(), deeds=None, kind: str = "") -> Bundle:
    """
    A bundle with these models in its slots, opened from its files.

    `deeds` are by user id and item id: (item id, weight, kinds).
    """
    folder.mkdir(parents=True, exist_ok=True)
    item_ids = Vocabulary.of(items)
    known = np.sort(DIGESTS.short_of_all("user", users))
    user_ids = DigestedUsers(known, DIGESTS)
    item_ids.save(folder / "items.marisa")
    save_array(folder / "users.npy", known)
    (folder / "weighting.json").write_bytes(msgspec.json.encode(WEIGHTING))
    by_row = {
        user_ids.row(user): [(item_ids.row(item), weight, kinds) for item, weight, kinds in told]
        for user, told in (deeds or {}).items()
    }
    seen_items(len(user_ids), by_row).save(folder)
    for name, model in slots.items():
        model.save(folder / name)
    records = {
        name: SlotRecord(
            recipe="made",
            kind=kind or model.KIND,
            parameters={},
            fitted_in="v1",
            data_until=UNTIL,
            files={
                path.name: FileRecord(
                    version="v1", path=f"{name}/{path.name}", size_bytes=1, sha256="0"
                )
                for path in (folder / name).iterdir()
            },
        )
        for name, model in slots.items()
    }
    return Bundle.open(manifest(records), folder, DIGESTS)


def manifest(slots: dict[str, SlotRecord]) -> Manifest:
    lineage = Lineage(
        run_id="r",
        data_fingerprint="f",
        window_since=UNTIL,
        window_until=UNTIL,
        events=1,
        interactions=1,
        users=1,
        items=1,
        seed=0,
        threads=1,
        code_version="0",
    )
    return Manifest(
        version="v1", created_at=UNTIL, data_until=UNTIL, files={}, slots=slots, lineage=lineage
    )
