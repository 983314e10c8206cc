#!/usr/bin/env bash
# Make the environment of the reconciliation client that the tests run: the PyPI package `reconciler` works with
# numpy 1 only, which has wheels for Python 3.12 and older.
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
    echo "The client needs Python 3.9 to 3.12, and ${2:-none of python3, python3.11, python3.12, python3.10} is one." >&2
    echo "Install one, or name it: scripts/make_client_env.sh $dir /path/to/python3.11" >&2
    exit 1
fi

"$python" -m venv "$dir"
# A user of this client is a reader of our answers, so the versions stay what they were when the tests were written.
"$dir/bin/python" -m pip --disable-pip-version-check install -qq --only-binary :all: \
    reconciler==0.2.2 numpy==1.26.4 pandas==2.2.3 requests==2.32.3 tqdm==4.67.1
"$dir/bin/python" -c 'import reconciler'
echo "$dir/bin/python"
