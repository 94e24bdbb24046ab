"""A live bundle turned into one that names its users, as the format `bundle/1` did."""

import hashlib
import json

import numpy as np

from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.vocabulary import Vocabulary
from tests.trainers.jobs.shop import Shop
from tests.trainers.tenant import names_of

FACTORS = "for_you/user_factors.npy"


def made_plain(trainee: Shop) -> None:
    """Of the very same users, items and factors, in the order of the plain ids' trie."""
    folder = trainee.store.settings.folder / "tenants/shop/artifacts" / trainee.version()
    names = names_of(trainee.space, map_array(folder / "users.npy"))
    users = Vocabulary.of(names)
    users.save(folder / "users.marisa")
    (folder / "users.npy").unlink()
    order = [names.index(name) for name in users.ids(range(len(users)))]
    starts = np.array(map_array(folder / "seen_indptr.npy"))
    entries = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in order])
    for name in ("seen_rows.npy", "seen_weights.npy", "seen_kinds.npy"):
        save_array(folder / name, np.array(map_array(folder / name))[entries])
    lengths = np.diff(starts)[order]
    save_array(folder / "seen_indptr.npy", np.concatenate([[0], np.cumsum(lengths)]))
    save_array(folder / FACTORS, np.array(map_array(folder / FACTORS))[order])
    said = json.loads((folder / "manifest.json").read_bytes())
    said["format"] = "bundle/1"
    del said["user_ids"]
    said["files"]["users.marisa"] = said["files"].pop("users.npy") | {"path": "users.marisa"}
    for record in [*said["files"].values(), *said["slots"]["for_you"]["files"].values()]:
        data = (folder / record["path"]).read_bytes()
        record |= {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    raw = json.dumps(said).encode()
    (folder / "manifest.json").write_bytes(raw)
    (folder / "manifest.sha256").write_text(hashlib.sha256(raw).hexdigest())
