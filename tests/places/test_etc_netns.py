"""A sandbox has an /etc/netns of its own as soon as a program names it."""

import os

import pytest

from ipwrap import Session
from ipwrap.places.etc_netns import LAYER_ON_ETC, names_etc_netns
from tests.labs import open_sandbox

FILE = "/etc/netns/red/hosts"


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("mkdir", "/etc/netns"), True),
        (("tee", FILE), True),
        (("cat", "/etc/netns.conf"), False),
        (("ip", "netns", "list"), False),
    ],
)
def test_the_folder_is_recognised(argv: tuple[str, ...], *, expected: bool) -> None:
    """The folder and what is below it, and no other path."""
    assert names_etc_netns(argv) == expected


@pytest.mark.live
def test_files_of_a_namespace_are_seen_inside_only() -> None:
    """Programs of the namespace see the file in /etc; the machine and the next sandbox do not."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.exec("mkdir", "-p", "/etc/netns/red")
        session.exec("tee", FILE, stdin="10.9.9.9 server\n")
        hosts = session.netns("red").exec("cat", "/etc/hosts").stdout
        with Session(session.place) as second:
            again = second.exec("cat", FILE).stdout

    with open_sandbox() as session:
        is_left = session.exec("test", "-e", FILE, check=False).ok

    assert (hosts, again) == ("10.9.9.9 server\n", "10.9.9.9 server\n")
    assert (is_left, os.path.exists(FILE)) == (False, False)


@pytest.mark.live
def test_the_folder_of_the_machine_is_hidden() -> None:
    """An ordinary user writes in the sandbox, also where the machine has files of a namespace."""
    with open_sandbox() as session:
        # The machine: files of another user, whom the user namespace below does not have.
        session.exec("umount", "/etc/netns")
        session.exec("mkdir", "-p", "/etc/netns/red")
        session.exec("chown", "1:1", "/etc/netns/red")

        write = "ls /etc/netns; mkdir -p /etc/netns/red; touch /etc/netns/red/hosts"
        script = f"set -e\nmount -t tmpfs tmpfs /run\n{LAYER_ON_ETC}\n{write}"
        user = ("unshare", "--user", "--map-root-user", "--mount")
        done = session.exec(*user, "sh", "-c", script, check=False)

    if "overlay" in done.stderr:
        pytest.skip(f"no layer on a layer here: {done.stderr}")
    assert (done.status, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.live
def test_a_copy_where_a_layer_is_refused() -> None:
    """In a container files are mounted in /etc: the sandbox has a copy, and writes to it."""
    with open_sandbox() as session:
        session.exec("mkdir", "-p", "/etc/netns")
        session.exec("umount", "/etc/netns")
        session.exec("mount", "--bind", "/etc/passwd", "/etc/group")

        write = "mkdir /etc/netns/red; cat /etc/group; echo changed >/etc/passwd; cat /etc/passwd"
        script = f"set -e\nmount -t tmpfs tmpfs /run\n{LAYER_ON_ETC}\n{write}"
        user = ("unshare", "--user", "--map-root-user", "--mount")
        done = session.exec(*user, "sh", "-c", script, check=False)
        passwd = session.exec("cat", "/etc/passwd").stdout

    assert (done.status, done.stderr) == (0, "")
    assert done.stdout == f"{passwd}changed\n"
