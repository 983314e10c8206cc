"""How the library enriches a table, from a checkout: scripts/enrich_incidents.py TABLE -o OUTPUT."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the checkout that this script lies in

from gazetteer import Gazetteer, GazetteerError
from geodata.build import default_file

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="incidents with a column of places")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--gazetteer", type=Path, help="else the embedded default")
    args = parser.parse_args()
    try:
        with Gazetteer.open(args.gazetteer or default_file()) as gazetteer:
            summary = gazetteer.enrich_file(args.table, args.output)
    except GazetteerError as error:
        sys.exit(str(error))
    print(f"{summary.rows} rows: {', '.join(f'{count} {name}' for name, count in summary.statuses.items())}")
