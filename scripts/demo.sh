#!/usr/bin/env bash
# The main job, end to end, on the example table: `make demo` calls this after installing.
#   scripts/demo.sh [FOLDER_OF_THE_COMMANDS]
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${1:-.venv/bin}
enriched=demo-output/incidents.enriched.csv
question="strikes within 5 km of a hospital"

if [ ! -x "$bin/gazetteer" ]; then
    echo "$bin/gazetteer is not there: run 'make demo', which installs it." >&2
    exit 1
fi
mkdir -p demo-output

echo
echo "\$ gazetteer enrich examples/incidents.csv -o $enriched"
"$bin/gazetteer" enrich examples/incidents.csv -o "$enriched"

echo
echo "\$ gazetteer ask \"$question\" --incidents $enriched"
"$bin/gazetteer" ask "$question" --incidents "$enriched"

echo
echo "The table as reported:  examples/incidents.csv"
echo "The enriched table:     $enriched"
echo "To start the server:    make serve"
