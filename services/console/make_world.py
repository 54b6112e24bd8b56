"""Makes `world.json` from Natural Earth's public-domain shapes, as a package carries them.

    pip download --no-deps geopandas==0.14.4
    python -m services.console.make_world geopandas-0.14.4-py3-none-any.whl

The package (BSD licence) has the countries and capitals of Natural Earth at 1:110 million, which
are in the public domain. States too small for that scale become a point at their capital.
"""

import json
import math
import struct
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

from pledgewatch.gazetteer import rows

FILE = Path(__file__).parent / "world.json"
FOLDER = "geopandas/datasets"

WIDTH, HEIGHT = 1000, 428
EUROPE = (460, 30, 172, 110)
"""What is shown nearer: left, top, width, height."""
NORTH, SOUTH = 84.0, -57.0

CODES = {"France": "FRA", "Norway": "NOR", "Kosovo": "XKX", "N. Cyprus": "CYP", "Somaliland": "SOM"}
"""Those to which the file gives no code."""
LEFT_OUT = {"ATA", "ATF"}

CRIMEA = (32.0, 44.0, 37.0, 46.3)
"""Ukraine's, as the United Nations hold (General Assembly, 68/262); the file draws who holds it."""

Point = tuple[float, float]
Ring = list[Point]


def main(wheel: Path) -> None:
    """Write the file."""
    with ZipFile(wheel) as package:
        countries = _layer(package, "naturalearth_lowres")
        cities = _layer(package, "naturalearth_cities")
    shapes: dict[str, list[str]] = {}
    for fields, rings in countries:
        given = fields["iso_a3"]
        code = given if given != "-99" else CODES[fields["name"]]
        for ring in rings:
            owner = "UKR" if code == "RUS" and _within(ring, CRIMEA) else code
            if owner not in LEFT_OUT and (path := _path(ring)):
                shapes.setdefault(owner, []).append(path)
    capitals = {
        capital: row["code"]
        for row in rows("countries")
        for capital in row["seats"].split("|")
        if capital
    }
    points = {}
    for fields, rings in cities:
        state = capitals.get(fields["name"])
        if state is not None and state not in shapes:
            x, y = _project(rings[0][0])
            points[state] = [round(x), round(y)]
    world = {
        "source": "Natural Earth (public domain), 1:110m",
        "width": WIDTH,
        "height": HEIGHT,
        "europe": EUROPE,
        "shapes": {code: "".join(paths) for code, paths in sorted(shapes.items())},
        "points": dict(sorted(points.items())),
    }
    FILE.write_text(json.dumps(world, separators=(",", ":")) + "\n", encoding="utf-8")


def _layer(package: ZipFile, name: str) -> list[tuple[dict[str, str], list[Ring]]]:
    shapes = package.read(f"{FOLDER}/{name}/{name}.shp")
    table = package.read(f"{FOLDER}/{name}/{name}.dbf")
    return list(zip(_fields(table), _rings(shapes), strict=True))


def _fields(table: bytes) -> Iterator[dict[str, str]]:
    """The rows of a dBase file."""
    count, header, length = struct.unpack_from("<IHH", table, 4)
    columns = []
    at = 32
    while table[at] != 0x0D:
        name = table[at : at + 11].split(b"\0")[0].decode()
        columns.append((name, table[at + 16]))
        at += 32
    for number in range(count):
        place = header + number * length + 1
        row = {}
        for name, width in columns:
            row[name] = table[place : place + width].decode("utf-8", "replace").strip()
            place += width
        yield row


def _rings(shapes: bytes) -> Iterator[list[Ring]]:
    """The rings of each polygon, or the point, of a shapefile."""
    at = 100
    while at < len(shapes):
        words = struct.unpack_from(">I", shapes, at + 4)[0]
        at += 8
        kind = struct.unpack_from("<I", shapes, at)[0]
        if kind == 1:
            yield [[struct.unpack_from("<2d", shapes, at + 4)]]
        else:
            parts, points = struct.unpack_from("<2I", shapes, at + 36)
            starts = [*struct.unpack_from(f"<{parts}I", shapes, at + 44), points]
            numbers = struct.unpack_from(f"<{2 * points}d", shapes, at + 44 + 4 * parts)
            ring = list(zip(numbers[::2], numbers[1::2], strict=True))
            yield [ring[a:b] for a, b in pairwise(starts)]
        at += 2 * words


def _within(ring: Ring, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return all(west <= x <= east and south <= y <= north for x, y in ring)


def _project(point: Point) -> Point:
    """The Natural Earth projection (a polynomial of the latitude), in pixels."""
    longitude, latitude = (math.radians(one) for one in point)
    square = latitude * latitude
    x = longitude * (
        0.870700 - 0.131979 * square - 0.013791 * square**2
        + 0.003971 * square**5 - 0.001529 * square**6
    )  # fmt: skip
    scale = WIDTH / (2 * math.pi * 0.8707)
    return WIDTH / 2 + x * scale, (_height(math.radians(NORTH)) - _height(latitude)) * scale * 0.98


def _height(latitude: float) -> float:
    square = latitude * latitude
    return latitude * (
        1.007226 + 0.015085 * square - 0.044475 * square**3
        + 0.028874 * square**4 - 0.005916 * square**5
    )  # fmt: skip


def _path(ring: Ring) -> str:
    """A closed path in whole pixels' tenths; empty for what is too small to be seen."""
    placed = [(round(x, 1), round(y, 1)) for x, y in map(_project, ring)]
    kept = [one for one, before in zip(placed, [None, *placed], strict=False) if one != before]
    if len(kept) < 4:
        return ""
    (x, y), *others = kept[:-1]
    parts = [f"M{x:g} {y:g}l"]
    moves = []
    for to_x, to_y in others:
        moves.append(f"{round(to_x - x, 1):g} {round(to_y - y, 1):g}")
        x, y = to_x, to_y
    return parts[0] + " ".join(moves).replace(" -", "-") + "z"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
