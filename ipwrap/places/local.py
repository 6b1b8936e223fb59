"""`Local`: this host, as we are or as root by sudo."""

from attrs import define

from ipwrap.system.programs import environment

__all__ = ["Local"]

KEPT = ("LC_ALL", "PATH")


@define
class Local:
    """This host. With ``sudo=True`` every command is run as root by ``sudo -n``, which never asks for a password."""

    sudo: bool = False
    isolated: bool = False

    @property
    def name(self) -> str:
        """What the recording's header says of the place."""
        return "sudo" if self.sudo else "local"

    def open(self) -> bool:
        """There is nothing to make ready."""
        return False

    def close(self) -> None:
        """There is nothing to leave."""

    def host_path(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words as they are, or after `sudo -n env …`: sudo resets the environment."""
        if not self.sudo:
            return argv
        kept = environment()
        return ("sudo", "-n", "env", *(f"{name}={kept[name]}" for name in KEPT), *argv)
