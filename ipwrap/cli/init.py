"""`ipwrap init`: write a first lab, and print the next steps."""

from pathlib import Path

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.errors import IpwrapError
from ipwrap.jsonio.escape import escape_controls

__all__ = ["init"]

LAB = '''\
"""Two network namespaces and a cable. Run it: ipwrap run {name}"""

from ipwrap import Session
from ipwrap.kinds import Veth


def main(session: Session) -> None:
    """Build the lab, and show that it works."""
    session.note("Two namespaces, and a cable between them")
    session.ip.netns.add("red")
    session.ip.netns.add("blue")
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="blue"), netns="red")

    session.note("An address on each end")
    for name, address in (("red", "10.0.0.1/24"), ("blue", "10.0.0.2/24")):
        namespace = session.netns(name)
        namespace.ip.address.add(address, dev="eth0")
        namespace.ip.link.set("eth0", up=True)

    session.note("Red reaches blue")
    ping = session.netns("red").exec("ping", "-c", "1", "10.0.0.2")
    print(ping.stdout)
'''

NEXT = """\
wrote {path}; now:
  ipwrap run {path} --record lab.jsonl   run it in a sandbox, without root, and record it
  ipwrap show lab.jsonl                  its commands, and what they built
  ipwrap export lab.jsonl -o lab.sh      the shell script that builds it
  ipwrap replay --check lab.jsonl        the proof that it does
"""


@click.command(epilog=examples("ipwrap init", "ipwrap init first.py"))
@click.argument("file", default="lab.py", type=click.Path(dir_okay=False))
def init(file: str) -> None:
    """Write a first lab to FILE, lab.py by default: two namespaces, a cable, a ping.

    An existing file stays as it is.
    """
    path = Path(file)
    try:
        with path.open("x", encoding="utf-8") as lab:
            lab.write(LAB.format(name=path.name))
    except FileExistsError:
        raise IpwrapError(f"{file} exists already, and is left as it is") from None
    except OSError as error:
        raise IpwrapError(f"{file} cannot be written: {error.strerror}") from error

    echo(NEXT.format(path=escape_controls(file)), nl=False)
