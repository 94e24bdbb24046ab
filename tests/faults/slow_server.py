"""`recommender serve` over a folder whose segments take their time while a file `slow` is there."""

import time
from pathlib import Path

from typer import Typer
from typing_extensions import override

from recommender_api.settings import ApiSettings
from recommender_cli.server import run_server
from recommender_store.objects.folder import FolderObjects
from recommender_store.opening import Store
from recommender_store.settings import StoreSettings

WRITE_S = 1.5

app = Typer()


class SlowFolder(FolderObjects):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._sign = root.parent / "slow"

    @override
    def put(self, key: str, data: bytes) -> None:
        if "/segments/" in key and self._sign.exists():
            time.sleep(WRITE_S)
        super().put(key, data)


@app.command()
def serve(port: int = 0, internal_port: int = 0) -> None:
    settings = StoreSettings.from_environment()
    assert settings.folder is not None
    run_server(
        Store(SlowFolder(settings.folder), settings),
        ApiSettings(port=port, internal_port=internal_port, compact_every_s=0),
    )


if __name__ == "__main__":
    app()
