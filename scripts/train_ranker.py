"""Fit the ranker's weights on labelled tables and write ``gazetteer/resolve/weights.json``.

    python scripts/train_ranker.py --gazetteer gazetteer.gpkg --labelled ../shared/data/labelled

Deterministic: the same tables and gazetteer give the same file. ``scripts/measure_accuracy.py`` measures,
cross-validated by place, what weights fitted this way are worth.
"""

import argparse
import json
from pathlib import Path

from gazetteer.catalog import Gazetteer
from gazetteer.resolve.labelled import read_labelled
from gazetteer.resolve.training import examples_of, fit

TARGET = Path(__file__).resolve().parents[1] / "gazetteer" / "resolve" / "weights.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument(
        "--labelled", type=Path, required=True, help="folder of airwars_dev.csv and ucdp_dev.csv"
    )
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    args = parser.parse_args()

    gazetteer = Gazetteer.open(args.gazetteer)
    rows = [row for table in read_labelled(args.labelled) for row in table.rows]
    weights = fit(examples_of(rows, gazetteer.resolver, tuple(gazetteer.places()), folds=1))
    document = {
        "made_by": "scripts/train_ranker.py",
        "gazetteer": gazetteer.info().content_hash,
        "rows": len(rows),
        "candidate": {name: round(value, 4) for name, value in weights.candidate.items()},
        "none": {name: round(value, 4) for name, value in weights.none.items()},
        "calibration": weights.calibration,
    }
    args.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows -> {args.output}")


if __name__ == "__main__":
    main()
