"""What `gazetteer enrich` does, from a checkout: scripts/enrich_incidents.py TABLE -o OUTPUT [OPTIONS]."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the checkout that this script lies in

from gazetteer.cli.main import main
from geodata.build import default_file

if __name__ == "__main__":
    os.environ["GAZETTEER_FILE"] = os.environ.get("GAZETTEER_FILE") or str(default_file())
    sys.argv.insert(1, "enrich")
    main()
