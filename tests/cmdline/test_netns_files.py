"""Programs outside iproute2 that give a name to a network namespace."""

import pytest

from ipwrap.cmdline.netns_files import created_netns, is_unshare
from ipwrap.cmdline.program_effects import may_change


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("ln -s /proc/7/ns/net /run/netns/red", "red"),
        ("ln -sfT /proc/7/ns/net /var/run/netns/red", "red"),
        ("/bin/ln -s /run/docker/netns/cont /run/netns/", "cont"),
        ("mount --bind /proc/7/ns/net /run/netns/red", "red"),
        ("mount -o bind /proc/7/ns/net /run/netns/red", "red"),
        ("unshare --net=/run/netns/red true", "red"),
        ("unshare -m -n=/run/netns/red true", "red"),
        ("unshare -n sleep 5", None),
        ("unshare sleep --net=/run/netns/red", None),
        ("unshare --net=/tmp/red true", None),
        ("unshare", None),
        ("mount --bind /proc/7/ns/net /tmp/red", None),
        ("mount -t tmpfs none /run/netns/red", None),
        ("ln -s a", None),
        ("ln -s a b", None),
        ("touch /run/netns/red", None),
        ("ln -s /proc/7/ns/net /run/netns/a/b", None),
    ],
)
def test_a_file_below_run_netns_is_a_name(line: str, name: str | None) -> None:
    """The name is the last part of the file: by a link, a bind mount, or unshare."""
    argv = tuple(line.split())

    assert name == created_netns(argv)
    assert name is None or may_change(argv)


def test_unshare_is_known_by_its_name() -> None:
    """The path of the program does not matter."""
    assert is_unshare(("/usr/bin/unshare", "-n", "true"))
    assert not is_unshare(("nsenter", "-t", "7", "true"))
