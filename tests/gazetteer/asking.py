"""Everything that a gazetteer can be asked about its sensitive places, and all that its answers say."""

import inspect
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from gazetteer import BoundingBox, Gazetteer, LatLon, PlaceKind
from gazetteer.ask import answer, parse_question
from gazetteer.export import FORMS
from gazetteer.incidents import read_incidents
from gazetteer.near import near
from gazetteer.reading.calibration import UNCALIBRATED
from gazetteer.reading.rank import load_weights
from gazetteer.tables.table import RowsTable
from tests.fakes import an_incident

#: What is looked for by name: the sensitive places of the test, what is computed from them, and what is near.
TEXTS = (
    "Hass hospital",
    "مشفى حاس",
    "hospital",
    "Hass",
    "2 km north of Hass hospital",
    "near Clinic of the east",
    "between Hass hospital and Clinic of the east",
    "Hass hospital, Idleb",
    "rural Qah camp",
    "C9001",  # the code of a camp
    "Qah camp",
    "Kafr prison",
    "Saraqib, Qah camp",
)
#: Round the places and through their cells: from these a position would be found by its distances.
POINTS = tuple(LatLon(35.4 + north * 0.047, 36.55 + east * 0.061) for north in range(6) for east in range(8))


def everything_said(gazetteer: Gazetteer) -> str:
    """Ask every public method all that it can be asked about sensitive places, and join the answers."""
    ids = [place.id for place in gazetteer.places()]
    sensitive = [place.id for place in gazetteer.places() if place.sensitive]
    frame = pd.DataFrame(
        {
            "place": list(TEXTS),
            "latitude": [35.571 + n * 0.01 for n in range(len(TEXTS))],
            "longitude": [36.614] * len(TEXTS),
        }
    )
    enriched = gazetteer.enrich(frame)
    noted = pd.DataFrame({"area": "Idleb", "notes": [f"Shells fell on {text} in Idleb." for text in TEXTS]})
    asked: dict[str, Any] = {
        "place": [gazetteer.place(i) for i in ids],
        "place_in_file": [gazetteer.place_in_file(i) for i in ids],
        "swap_hint": [gazetteer.swap_hint(f"{p.longitude},{p.latitude}") for p in POINTS],
        "one_place": [gazetteer.one_place(i, parameter="from") for i in ids],
        "places": [
            [*gazetteer.places()],
            *([*gazetteer.places(kinds=[kind])] for kind in PlaceKind),
            [*gazetteer.places(bbox=BoundingBox(35, 36, 36, 37))],
            [*gazetteer.places(bbox=BoundingBox(35.55, 36.6, 35.6, 36.7))],
            *([*gazetteer.places(area=code)] for code in ("SY07", "SY0702", "SY070204", "SY070205")),
        ],
        "names": [*gazetteer.names()],
        "resolve": [
            *(gazetteer.resolve(text, limit=20) for text in TEXTS),
            *(gazetteer.resolve(text, context=["Qah camp", "Idleb"]) for text in TEXTS),
            *(gazetteer.resolve(text, area="SY07") for text in TEXTS),
            *(gazetteer.resolve(text, kind="facility") for text in TEXTS),
            *(gazetteer.resolve(i) for i in ids),
        ],
        "geoparse": [
            *(gazetteer.geoparse(f"Shells fell on {text} in Idleb.", local=True) for text in TEXTS),
            *(gazetteer.geoparse(f"Shells fell in Idleb. {text} was hit.", local=True) for text in TEXTS),
            gazetteer.geoparse(f"{', '.join(TEXTS)}, in Idleb.", local=True),
            gazetteer.geoparse("قصف على مشفى حاس ومخيم قاح بريف إدلب", local=True),
        ],
        "suggest": [gazetteer.suggest(text) for text in ("Hass", "clinic", "مشفى", "q", "h", "k", "c")],
        "reverse": [gazetteer.reverse(point) for point in POINTS],
        "areas_at": [gazetteer.areas_at([p.latitude for p in POINTS], [p.longitude for p in POINTS])],
        "distance": [
            *(gazetteer.distance(f"{p.latitude},{p.longitude}", i) for p in POINTS for i in sensitive),
            *(gazetteer.distance(i, other) for i in sensitive for other in ids),
        ],
        "spellings": [gazetteer.spellings(i) for i in ids],
        "area": [gazetteer.area("SY07")],
        "outlines": [gazetteer.outlines(level=level) for level in range(4)],
        "outline": [gazetteer.outline("SY07")],
        "shape": [gazetteer.shape(place.id) for place in gazetteer.places()],
        "info": [gazetteer.info()],
        "records": [*gazetteer.records()],
        "leaks": [gazetteer.leaks(frame).as_json()],
        "export": [*exports(gazetteer)],
        "enrich": [
            enriched.to_json(),
            json.dumps(enriched.attrs),
            gazetteer.enrich(noted, place="area", text="notes").to_json(),
        ],
        "enrich_file": [written(gazetteer, frame)],
        "geoparse_file": [geoparsed(gazetteer)],
        "draws": [gazetteer.draws(frame).to_json(), gazetteer.draws(frame[["place"]]).to_json()],
        "evaluate": [evaluated(gazetteer)],
        "calibrate": [calibrated(gazetteer)],
        "calibration": [gazetteer.calibration],
        "with_calibration": [[*gazetteer.with_calibration(gazetteer.calibration).places()]],
        "generalised": [[*gazetteer.generalised(side).places()] for side in (0.01, 0.5)],
        "with_sensitive": [[*gazetteer.with_sensitive(["camp"]).places()]],
        "with_weights": [[*gazetteer.with_weights(load_weights(), UNCALIBRATED).places()]],
        "text_reader": [(reader := gazetteer.text_reader)._places, reader._by_id, reader.names.places],
        "targets": [list(gazetteer.targets("hospital")), list(gazetteer.targets("camp"))],
        "near": [*near_answers(gazetteer)],
        "count_near": [
            gazetteer.count_near(frame, of="hospital", within="5 km", by=by).as_json()
            for by in ("area", "facility")
        ],
        "read_incidents": [*gazetteer.read_incidents(frame), *gazetteer.read_incidents(frame[["place"]])],
        "count": [gazetteer.count(frame, by=("area", "month")).as_json()],
        "ask": [gazetteer.ask("incidents within 10 km of hospitals", frame).as_json()],
        "repr": [repr(gazetteer)],
    }
    public = {name for name, _ in inspect.getmembers(type(gazetteer)) if not name.startswith("_")}
    unasked = public - asked.keys() - {"open", "close", "check", "warm"}
    assert set() == unasked, "say here how a new method is asked about sensitive places"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(asked))


def labelled(folder: str, cases: Iterable[tuple[str, LatLon]]) -> Path:
    """Write a table of texts and where they are said to lie."""
    rows = [f"{text.replace(',', ' ')},{at.latitude},{at.longitude}" for text, at in cases]
    table = Path(folder, "t.csv")
    table.write_text("\n".join(["place,true_latitude,true_longitude", *rows]), "utf-8")
    return table


def calibrated(gazetteer: Gazetteer) -> str:
    """Say what a calibration of places that are known to lie anywhere says, beside some that are right."""
    known = [(place.name, place.position) for place in gazetteer.places() if not place.sensitive]
    with tempfile.TemporaryDirectory() as folder:
        made = gazetteer.calibrate(labelled(folder, [*product(TEXTS, POINTS[:8]), *known * 10]))
    return json.dumps([made.as_json(), made.calibration.as_json()])


def evaluated(gazetteer: Gazetteer) -> str:
    """Say how right answers are where every place is held to lie at every point."""
    with tempfile.TemporaryDirectory() as folder:
        return json.dumps(gazetteer.evaluate(labelled(folder, product(TEXTS, POINTS[:8]))).as_json())


def written(gazetteer: Gazetteer, frame: pd.DataFrame) -> list[str]:
    """Return every file that enriching a table writes."""
    with tempfile.TemporaryDirectory() as folder:
        table, output = Path(folder, "t.csv"), Path(folder, "out.csv")
        frame.to_csv(table, index=False)
        gazetteer.enrich_file(
            table, output,
            report=Path(folder, "report.html"), review=Path(folder, "review.csv"), append_provenance=True,
        )  # fmt: skip
        return [path.read_text("utf-8") for path in sorted(Path(folder).iterdir()) if path != table]


def geoparsed(gazetteer: Gazetteer) -> str:
    """Return the table of the places that a text names."""
    with tempfile.TemporaryDirectory() as folder:
        text, output = Path(folder, "text.txt"), Path(folder, "out.csv")
        text.write_text(f"{', '.join(TEXTS)}, in Idleb.", "utf-8")
        gazetteer.geoparse_file(text, output, local=True)
        return output.read_text("utf-8")


def near_answers(gazetteer: Gazetteer) -> Iterator[object]:
    """Yield what lies near sensitive places: of chosen incidents, at many distances, and by question."""
    points = [an_incident(id=str(n), position=at, uncertainty_m=100.0) for n, at in enumerate(POINTS)]
    named = read_incidents(RowsTable(("place",), [[text] for text in TEXTS]), gazetteer)
    incidents = [*points, *named]
    targets = [place for place in gazetteer.places() if place.sensitive]
    for metres in (100.0, 1_000.0, 5_000.0, 9_000.0, 20_000.0):
        yield near(incidents, targets, within_m=metres).as_geojson()
    for question in ("incidents within 10 km of hospitals", "nearest hospital to Saraqib"):
        yield answer(parse_question(question), gazetteer, incidents).as_json()


def exports(gazetteer: Gazetteer) -> Iterator[str]:
    """Yield what is handed on of the gazetteer, in each form."""
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMS:
            gazetteer.export(Path(folder) / "places", format=form)
            yield (Path(folder) / "places").read_text("utf-8")
