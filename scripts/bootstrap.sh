# Sourced by scripts/demo, scripts/test and others: Debian packages, a Python of 3.11 or later, a virtual environment.
# shellcheck shell=sh
#
#   need PROGRAM:PACKAGE...     programs (or files) that the script cannot do without
#   wish PROGRAM:PACKAGE...     those that it uses where the system offers them
#   need_python                 a Python of 3.11 or later that can make virtual environments: $python
#   install_missing             install all that is missing; or print the one line that does, and stop
#   environment VENV STAMP PACKAGES...     make a virtual environment with these packages

PATH=$PATH:/usr/sbin:/sbin
export PATH

PYTHONS="python3 python3.14 python3.13 python3.12 python3.11"
required='' optional='' python='' python_wanted=''

need() { required="$required$(missing_packages "$@")"; }

wish() { optional="$optional$(missing_packages "$@")"; }

need_python() {
    python_wanted=yes
    python=$(usable_python) || python=
}

install_missing() {
    if is_complete; then
        optional=$(offered_packages "$optional")
        [ -n "$optional" ] || return 0
    fi
    command -v apt-get >/dev/null || { without_apt && return 0; }

    if [ "$(id -u)" = 0 ]; then
        install_as ""
    elif sudo -n true 2>/dev/null; then
        install_as "sudo -n"
    else
        print_install_line
    fi
}

# missing_packages PROGRAM:PACKAGE... - print the packages of the programs that are not there, or not yet usable
missing_packages() {
    for pair; do
        program=${pair%%:*}
        package=${pair#*:}
        is_present "$program" && ! is_half_installed "$package" || printf ' %s' "$package"
    done
}

is_present() {
    case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# is_half_installed PACKAGE - its installation was interrupted: the files are there, but not all that they need
is_half_installed() {
    # shellcheck disable=SC2016 # dpkg-query's own variable
    case $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) in
    unpacked | half-*) return 0 ;;
    *) return 1 ;;
    esac
}

# is_complete - nothing is missing that the script cannot do without
is_complete() {
    [ -z "$required" ] && { [ -z "$python_wanted" ] || [ -n "$python" ]; }
}

# usable_python - print the path of the first Python that is new enough and can make virtual environments
usable_python() {
    for name in $PYTHONS; do
        if is_new_enough "$name" && makes_environments "$name" && ! is_half_installed "$name-venv"; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# makes_environments PYTHON - Debian's has ensurepip only with python3-venv; its module venv is always there
makes_environments() {
    "$1" -c 'import venv, ensurepip; ensurepip.version()' 2>/dev/null
}

# python_package - print the package that makes a Python usable: for one that is there, else for one that apt offers
python_package() {
    for name in $PYTHONS; do
        is_new_enough "$name" && offers_new_enough "$name-venv" && echo "$name-venv" && return 0
    done
    for name in $PYTHONS; do
        offers_new_enough "$name-venv" && echo "$name-venv" && return 0
    done
    # Without package lists apt knows nothing. Debian's python3 is the best guess, unless an old one is installed.
    [ -z "$(candidate python3-venv)" ] || return 1
    for name in $PYTHONS; do
        is_new_enough "$name" && echo "$name-venv" && return 0
    done
    ! command -v python3 >/dev/null && echo python3-venv
}

# candidate PACKAGE - print the version that apt would install, if it knows the package
candidate() {
    apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p'
}

offers_new_enough() {
    candidate "$1" | grep -q '^3\.\(1[1-9]\|[2-9][0-9]\)'
}

# offered_packages "PACKAGES" - print those that apt knows
offered_packages() {
    for package in $1; do
        [ -z "$(candidate "$package")" ] || printf ' %s' "$package"
    done
}

# choose_packages - set $required and $optional to what apt shall install
choose_packages() {
    if [ -n "$python_wanted" ] && [ -z "$python" ]; then
        required="$required $(python_package)" || stop_without_python
    fi
    optional=$(offered_packages "$optional")
}

# install_as "SUDO" - install what is missing; what is optional may fail
install_as() {
    as_root=$1
    run_apt_get update -qq || echo "apt-get update failed; trying with the package lists that are here" >&2
    choose_packages

    if [ -n "$required" ]; then
        echo "installing Debian packages:$required" >&2
        install_packages "$required" || stop "apt-get could not install$required: see above; then run this again"
    fi
    if [ -n "$optional" ]; then
        echo "installing optional Debian packages:$optional" >&2
        install_packages "$optional" || echo "going on without:$optional" >&2
    fi

    if [ -n "$python_wanted" ] && [ -z "$python" ]; then
        python=$(usable_python) || stop_without_python
    fi
}

# install_packages "PACKAGES" - install them; complete an earlier installation first if that was interrupted
install_packages() {
    # shellcheck disable=SC2086 # a list of words
    run_apt_get install -y -qq --no-install-recommends $1 && return 0
    $as_root dpkg --configure -a >&2 || return 1
    # shellcheck disable=SC2086 # a list of words
    run_apt_get install -y -qq --no-install-recommends $1
}

run_apt_get() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" >&2
}

# print_install_line - tell a user who may not install what to type; stop if anything is missing that is not optional
print_install_line() {
    choose_packages
    line="apt-get update && apt-get install -y --no-install-recommends$required$optional"
    ! command -v sudo >/dev/null || line="sudo apt-get update && sudo ${line#*&& }"
    who=
    command -v sudo >/dev/null || who=" as root"

    if is_complete; then
        echo "Optional Debian packages are missing. To have them, install them$who:" >&2
        printf '\n    %s\n\n' "$line" >&2
        return 0
    fi
    echo "Debian packages are missing. Install them$who, then run this again:" >&2
    printf '\n    %s\n\n' "$line" >&2
    exit 1
}

# without_apt - tell what is missing on a system that is not Debian's; nothing optional
without_apt() {
    ! is_complete || return 0
    echo "This system has no apt-get. Install, by its own means, what is missing here, then run this again:" >&2
    [ -z "$required" ] || echo "  the programs of the Debian packages$required" >&2
    [ -z "$python_wanted" ] || [ -n "$python" ] || echo "  Python 3.11 or later, with its modules venv and ensurepip" >&2
    exit 1
}

stop_without_python() {
    version=$(python3 -V 2>/dev/null) || version="no Python"
    stop "Python 3.11 or later is needed. This system has $version, and apt offers no newer one.
Install one as python3.11 or later (3.14 is the last that is looked for) in PATH, then run this again."
}

# environment VENV STAMP PACKAGES... - make a virtual environment with the packages, anew where it does not work;
# install them again when the project changes. Two runs at the same time take turns.
environment() {
    (
        flock 9 2>/dev/null || :
        make_environment "$@"
    ) 9<pyproject.toml
}

make_environment() {
    venv=$1
    stamp=$1/$2
    shift 2

    if ! environment_works "$venv"; then
        [ ! -e "$venv" ] && [ ! -L "$venv" ] || echo "the virtual environment in $venv does not work: removing it" >&2
        rm -rf "$venv" || stop "cannot remove $venv: remove it (sudo rm -r $venv), then run this again"
        echo "making a virtual environment in $venv" >&2
        "$python" -m venv "$venv" >&2 || stop "$python could not make a virtual environment in $venv: see above"
    fi

    if [ ! -e "$stamp" ] || [ -n "$(find pyproject.toml -newer "$stamp")" ]; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 ||
            stop "pip could not install $* into $venv: see above; then run this again"
        pwd -P >"$stamp"
    fi
}

# environment_works VENV - its Python runs, is new enough, and has all of every package: pip writes RECORD last.
# Scripts in bin/ name the path where they were installed, so an environment that was moved does not work.
environment_works() {
    "$1/bin/python" -I -c '
import importlib.metadata, pip, sys

distributions = importlib.metadata.distributions()
complete = all(each.read_text("RECORD") or each.read_text("SOURCES.txt") for each in distributions)
sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix or not complete)
' 2>/dev/null || return 1
    for stamp_there in "$1"/for-*; do
        [ ! -s "$stamp_there" ] || [ "$(cat "$stamp_there")" = "$(pwd -P)" ] || return 1
    done
}

stop() {
    echo "$1" >&2
    exit 1
}
