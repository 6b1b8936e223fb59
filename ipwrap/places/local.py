"""`Local`: this host, as the present user or as root by sudo."""

from attrs import define

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

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the argv unchanged, or behind `sudo -n env …`: sudo resets the environment."""
        if not self.sudo:
            return argv

        variables = command_environment()
        settings = [f"{name}={variables[name]}" for name in PASSED_VARIABLES]
        return ("sudo", "-n", "env", *settings, *argv)
