"""`Local`: this host, as the present user or as root by sudo."""

from collections.abc import Mapping

from attrs import define

from ipwrap.secrets.secret import Secret
from ipwrap.system.programs import command_environment

__all__ = ["Local"]

PASSED_VARIABLES = ("LC_ALL", "PATH")


@define
class Local:
    """This host.

    With ``sudo=True`` every command runs as root by ``sudo -n``, which never asks for a password.
    """

    sudo: bool = False
    isolated: bool = False

    @property
    def name(self) -> str:
        """The name of the place in the recording's header."""
        return "sudo" if self.sudo else "local"

    def open(self) -> bool:
        """Do nothing: the host is always open."""
        return False

    def close(self) -> None:
        """Do nothing: the host is always open."""

    def host_path(self, path: str) -> str:
        """Return the path unchanged."""
        return path

    def wrap(
        self, argv: tuple[str, ...], *, variables: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return the argv unchanged, or behind `sudo -n env …`: sudo resets the environment.

        sudo keeps a secret among the ``variables`` by name, since every user can read arguments:
        sudoers(5) has to grant SETENV, which users who may run every command have.
        """
        if not self.sudo:
            return argv

        settings = {name: command_environment()[name] for name in PASSED_VARIABLES}
        kept = []
        for name, value in (variables or {}).items():
            if isinstance(value, Secret):
                kept.append(name)
            else:
                settings[name] = value

        options = (f"--preserve-env={','.join(kept)}",) if kept else ()
        words = [f"{name}={value}" for name, value in settings.items()]
        return ("sudo", "-n", *options, "env", *words, *argv)
