"""A private /etc/netns of a sandbox: the files that `ip netns exec` binds over files of /etc.

ip-netns(8). A sandbox has the /etc of the machine, in which an ordinary user may not write, and
root should not. So a sandbox puts a writable layer on /etc (overlayfs, with the upper folder in the
private /run) before the first program that names the folder: changes of /etc disappear with the
sandbox. If overlayfs is refused, a copy of the readable files takes its place: in a container with
files mounted in /etc, whose mounts are locked in a user namespace (clone_private_mount() in
fs/namespace.c).

The machine's /etc/netns, in which an ordinary user may not write there either, is hidden.
"""

from collections.abc import Iterable

__all__ = ["FOLDER", "LAYER_ON_ETC", "names_etc_netns"]

FOLDER = "/etc/netns"

# A second run does nothing. Lines of a script of sh(1), with `set -e`.
LAYER_ON_ETC = """\
etc="$(readlink -f /var/run)/etc"
if [ ! -d "$etc" ]; then
    mkdir "$etc" "$etc/upper" "$etc/work"
    if ! mount -t overlay -o "lowerdir=/etc,upperdir=$etc/upper,workdir=$etc/work" overlay /etc \
        2>/dev/null; then
        cp -a /etc/. "$etc/upper" 2>/dev/null || :
        mount --bind "$etc/upper" /etc
    fi
    mkdir -p /etc/netns
    mount -t tmpfs -o mode=755 tmpfs /etc/netns
fi
"""


def names_etc_netns(argv: Iterable[str]) -> bool:
    """Return whether an argument is /etc/netns, or a path below it."""
    return any(word == FOLDER or word.startswith(f"{FOLDER}/") for word in argv)
