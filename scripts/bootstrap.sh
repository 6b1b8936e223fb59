# Sourced by scripts/demo and scripts/test: Debian packages, a Python of 3.11 or later, a virtual environment.
# shellcheck shell=sh

PATH=$PATH:/usr/sbin:/sbin
export PATH

# need PROGRAM:PACKAGE... - install the packages of the programs that are missing, or say which they are and stop
need() {
    missing=
    for pair; do
        command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
    done
    python=$(find_python) || missing="$missing python3"
    if [ -n "$python" ] && ! "$python" -c 'import ensurepip' 2>/dev/null; then
        missing="$missing python3-venv"
    fi
    [ -z "$missing" ] || install_packages "$missing"
    python=$(find_python) || stop "Python 3.11 or later is needed, and this machine's packages have none"
}

# wish PROGRAM:PACKAGE... - install the packages of the programs that are missing, if this system has and lets us
wish() {
    missing=
    for pair; do
        command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
    done
    # shellcheck disable=SC2086 # words
    [ -z "$missing" ] || ! apt-cache show $missing >/dev/null 2>&1 || (install_packages "$missing") || true
}

# find_python - print the first Python that is new enough
find_python() {
    for each in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$each" >/dev/null && "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$each"
            return 0
        fi
    done
    return 1
}

# install_packages PACKAGES - install them where we may, else say what to type
install_packages() {
    echo "missing Debian packages:$1" >&2
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        stop "install them first: sudo apt-get install$1"
    fi
    $as_root apt-get update -qq >&2 || stop "apt-get could not fetch its lists"
    # shellcheck disable=SC2086 # both are lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 >&2 ||
        stop "apt-get could not install$1"
}

# environment DIRECTORY STAMP PACKAGES... - make a virtual environment with the packages, anew when the project changes
environment() {
    venv=$1
    stamp=$1/$2
    shift 2
    if [ ! -x "$venv/bin/python" ]; then
        echo "making a virtual environment in $venv" >&2
        "$python" -m venv "$venv"
    fi
    if [ ! -e "$stamp" ] || [ -n "$(find pyproject.toml -newer "$stamp")" ]; then
        "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
        touch "$stamp"
    fi
}

stop() {
    echo "$1" >&2
    exit 1
}
