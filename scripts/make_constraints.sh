#!/usr/bin/env bash
# Renew constraints.txt: resolve the project with every extra in a fresh environment, and write
# down what came. `make constraints` calls this.
#   scripts/make_constraints.sh PYTHON
# Resolve with the oldest supported Python: its newest versions also install on the later ones,
# while the reverse fails as soon as a library drops the oldest.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:-python3}
oldest=3.11
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$version" != "$oldest" ]; then
    echo "constraints.txt is made with Python $oldest, and $python is $version." >&2
    echo "Name another: make constraints PYTHON=/path/to/python$oldest" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
pip=("$work/venv/bin/python" -m pip --disable-pip-version-check)
"${pip[@]}" install -qq --only-binary :all: 'hatchling>=1.27'
"${pip[@]}" install -qq --only-binary :all: --no-build-isolation '.[dev,fuzz]'

# Options that the machine's own pip settings add to the list (--find-links and its like) are not ours.
{
    echo "# Every version that is installed and tested. Made by \`make constraints\` with Python $oldest; not edited by hand."
    "${pip[@]}" freeze --exclude conflict-gazetteer | grep -v '^-' | LC_ALL=C sort -f
} > "$work/constraints.txt"

if strange=$(grep -vE '^(#.*|[A-Za-z0-9._-]+==[A-Za-z0-9._!]+)$' "$work/constraints.txt"); then
    printf 'Not written: these lines are not plain versions:\n%s\n' "$strange" >&2
    exit 1
fi
mv "$work/constraints.txt" constraints.txt
chmod 644 constraints.txt
echo "constraints.txt: $(grep -c '==' constraints.txt) packages"
