"""docs/map.md leads to what is there, and past no room."""

from tests.docs.pages import ROOT, codes, page, rows, section

PAGE = "map.md"
UNNAMED = {"__pycache__"}


def folders_of(room: str) -> list[str]:
    """The room's own folders, as the map would write them."""
    return [
        f"{room}{path.name}/"
        for path in sorted((ROOT / room).iterdir())
        if (path / "__init__.py").exists() and path.name not in UNNAMED
    ]


def test_every_path_of_the_map_is_there():
    paths = [code for code in codes(page(PAGE)) if "/" in code]

    missing = [path for path in paths if not (ROOT / path).exists()]

    assert paths
    assert not missing, f"docs/{PAGE} leads to what is not there: {missing}"


def test_the_map_leads_into_every_folder_of_every_room():
    rooms = [codes(cells[0])[0] for cells in rows(section(PAGE, "The rooms"))]
    paths = codes(page(PAGE))

    passed = [
        folder
        for room in rooms
        for folder in folders_of(room)
        if not any(path.startswith(folder) for path in paths)
    ]

    assert not passed, f"docs/{PAGE} does not lead into {passed}"


def test_every_package_is_a_room_of_the_map():
    rooms = {codes(cells[0])[0] for cells in rows(section(PAGE, "The rooms"))}
    packages = {f"{path.parent.name}/" for path in ROOT.glob("*/__init__.py")}

    assert packages
    assert packages <= rooms
