"""
MovieLens, in the three forms it was published in: ratings.csv, ratings.dat and u.data.

The films are read from the file beside it, if it is there: title, genres as a list, year.
"""

from pathlib import Path

from recommender_api.foreign_logs.declarations.fields import AttributeSource, Fields, FieldSource
from recommender_api.foreign_logs.declarations.kinds import KindSource
from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.declarations.times import TimeSource
from recommender_api.foreign_logs.guess.look import Look
from recommender_api.foreign_logs.item_mapping import ItemMapping
from recommender_api.foreign_logs.mapping import LogMapping

from .foreign_log import BuiltInFormat, ForeignLog

_CSV_COLUMNS = ("userId", "movieId", "rating", "timestamp")
_YEAR = r"\((\d{4})\)\s*$"
_NO_GENRES = ("(no genres listed)",)
_RATINGS_COLUMNS = 4

_FILMS = {
    "movies.csv": LogFile(format="csv"),
    "movies.dat": LogFile(
        format="csv", delimiter="::", quote="", encoding="latin-1", header=False,
        columns=("movieId", "title", "genres"),
    ),
}  # fmt: skip
_U_ITEM = LogFile(format="csv", delimiter="|", quote="", encoding="latin-1", header=False)


def _recognise(look: Look) -> bool:
    if look.columns[: len(_CSV_COLUMNS)] == _CSV_COLUMNS:
        return True
    is_old = look.path.name.startswith(("ratings.dat", "u.data", "u1.", "ua.", "ub."))
    return is_old and len(look.columns) == _RATINGS_COLUMNS and not look.file.header


def _plan(look: Look) -> ForeignLog:
    user, item, rating, moment = look.columns[:_RATINGS_COLUMNS]
    mapping = LogMapping(
        file=look.file,
        kind=KindSource(constant="rating"),
        time=TimeSource(column=moment, format="epoch_s"),
        fields=Fields(
            user_id=FieldSource(column=user),
            item_id=FieldSource(column=item),
            value=FieldSource(column=rating),
        ),
    )
    films = _films_beside(look.path)
    if films is None:
        return ForeignLog((look.path,), mapping)
    path, item_mapping = films
    return ForeignLog((look.path,), mapping, (path,), item_mapping)


def _films_beside(ratings: Path) -> tuple[Path, ItemMapping] | None:
    for name, file in _FILMS.items():
        for path in (ratings.with_name(name), ratings.with_name(f"{name}.gz")):
            if path.is_file():
                genres = AttributeSource(
                    column="genres", type="list", split="|", null_values=_NO_GENRES
                )
                return path, _film_mapping(file, "movieId", "title", {"genres": genres})
    path = ratings.with_name("u.item")
    if path.is_file():
        return path, _film_mapping(_U_ITEM, "column_1", "column_2", {})
    return None


def _film_mapping(
    file: LogFile, item_id: str, title: str, more: dict[str, AttributeSource]
) -> ItemMapping:
    return ItemMapping(
        file=file,
        item_id=FieldSource(column=item_id),
        fields={
            "title": AttributeSource(column=title, type="text"),
            **more,
            "year": AttributeSource(column=title, type="number", extract=_YEAR),
        },
    )


MOVIELENS = BuiltInFormat("movielens", ("ratings.csv", "ratings.dat", "u.data"), _recognise, _plan)
