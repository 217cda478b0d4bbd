#!/bin/sh
# Finds a Python that can make the environment, and lets it do so (scripts/setup.py).
# PYTHON=… names one; else the first on the PATH that is new enough, runs, and has venv.
set -u
case $0 in */*) cd "${0%/*}/.." || exit 1 ;; *) cd .. || exit 1 ;; esac

without_venv=
for name in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3 python}; do
    # A name on the PATH may be a dead shim or an old version, so it is run rather than looked up;
    # one name may also be found in several folders, of which only a later one works.
    for candidate in $(
        IFS=:
        case $name in */*) echo "$name" ;; *) for folder in $PATH; do echo "$folder/$name"; done ;; esac
    ); do
        [ -x "$candidate" ] || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            exec "$candidate" -I scripts/setup.py
        fi
        without_venv=${without_venv:-$candidate}
    done
done

if [ -n "$without_venv" ]; then
    version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python $version ($without_venv) has no venv: install the package python$version-venv (Debian, Ubuntu: apt-get install python$version-venv), then run make again" >&2
else
    echo "no Python of 3.11 or newer: install the packages python3 and python3-venv, or name one with PYTHON=/path/to/python3.11" >&2
fi
exit 1
