"""`RemoteShell`: command lines through one kept shell on another machine."""

from pathlib import Path

import pytest

from ipwrap import ExecutorError
from ipwrap.executors.remote_shell import RemoteShell, ShellReply
from tests.remote_hosts import FarHosts


def test_no_lines_have_no_replies(remote_hosts: FarHosts) -> None:
    """Nothing is waited for, whether or not the shell has run a line before."""
    place = remote_hosts.place()
    place.open()
    shell = RemoteShell(place)
    replies: list[ShellReply] = []
    for lines in ([], ["echo out; echo err >&2; exit 3"], []):
        shell.run(lines and [f"sh -c '{line}'" for line in lines], replies)
    shell.close()
    place.close()

    assert [(3, b"out\n", b"err\n")] == replies


def test_what_a_program_says_is_no_refusal_of_the_server(remote_hosts: FarHosts) -> None:
    """A shell that ends while a program complains is told as such."""
    place = remote_hosts.place()
    place.open()
    shell = RemoteShell(place)
    with pytest.raises(ExecutorError, match="has ended too early") as caught:
        shell.run(["sh -c 'echo connect: Connection refused >&2; kill -s KILL $PPID'"], [])
    place.close()

    assert "it said: connect: Connection refused" in str(caught.value)


def test_a_server_that_allows_no_further_session_is_told(
    remote_hosts: FarHosts, tmp_path: Path
) -> None:
    """The error has the setting of the server."""
    config = tmp_path / "ssh_config"
    sshd_config = tmp_path / "sshd_config"
    far_config = remote_hosts.folder / "host1.conf"
    sshd_config.write_text(far_config.read_text(encoding="utf-8") + "MaxSessions 1\n", "utf-8")
    text = remote_hosts.config.read_text(encoding="utf-8")
    config.write_text(text.replace(str(far_config), str(sshd_config)), "utf-8")

    place = remote_hosts.place(options={})
    place.config = str(config)
    place.open()
    shell = RemoteShell(place)
    try:
        with pytest.raises(ExecutorError, match=r"allows no further session .* MaxSessions"):
            shell.run(["true"], [])
    finally:
        shell.close()
        place.close()
