#!/bin/sh
# All that can be known without running the site, of everything or of the applications that are named: each step says
# what it does, the first failure ends it.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
for name in "$@"; do
    [ -f "$name/declarations.py" ] || { echo "There is no application called $name: $name/declarations.py." >&2; exit 2; }
done
# All tests are read, though these alone run: what cannot be imported says so here, and whoever runs the suites next
# finds them compiled. In a fresh clone each of three processes would compile all, while this core has little to do.
walls="-k test_architecture"
[ $# -eq 0 ] || walls=tests/test_architecture.py

echo "Lint (ruff) ..."
# How an application of one's own is laid out is one's own: those that have their tests beside them.
own=.git,.venv,var
for tests in */tests; do
    [ ! -f "${tests%/tests}/__init__.py" ] || own=$own,${tests%/tests}
done
is_laid_out() { [ $# -gt 0 ] || $bin/ruff format --check --quiet --exclude "$own" .; }
{ $bin/ruff check --quiet "${@:-.}" && is_laid_out "$@"; } || {
    echo "Nearly all of this mends itself: make format" >&2
    exit 1
}
# The longest step takes one core: the others go on beside it, and what it says comes at the end.
types=$(mktemp)
trap 'rm -f "$types"' EXIT
$bin/mypy "${@:-.}" >"$types" 2>&1 &
mypy=$!
echo "Migrations match the models ..."
$bin/python manage.py makemigrations --check --dry-run
echo "Settings, as on this machine ..."
$bin/python manage.py check --deploy --fail-level WARNING
echo "Settings, as behind TLS on example.org ..."
ALLOWED_HOSTS=example.org CAPSULE_BEHIND_PROXY=1 $bin/python manage.py check --deploy --fail-level WARNING
echo "Tests can be read, imports point downwards ..."
# shellcheck disable=SC2086 # two words
$bin/python -m pytest -q -p no:randomly $walls
if [ $# -eq 0 ] && [ -f demo/declared.json ]; then
    echo "What the demo declares is what was reviewed ..."
    CAPSULE_ALONE=1 CAPSULE_DEMO=1 $bin/python manage.py declared --check demo/declared.json --app demo
fi
echo "Template format (djade) ..."
find "${@:-.}" -path ./.venv -prune -o -path ./var -prune -o -path '*/templates/*.html' -print | sort |
    xargs $bin/djade --check --target-version 5.2
echo "Types (mypy, strict) ..."
wait "$mypy" && status=0 || status=$?
cat "$types"
[ "$status" -eq 0 ] || exit "$status"
echo "All checks passed."
