"""The throughput of a cable, before and after it is made slower.

    near --- far

Needs a kernel with netem (CONFIG_NET_SCH_NETEM), and the program iperf3 (apt-get install
iperf3).
Run it: ipwrap run scripts/iperf.py
"""

from ipwrap import Session, until
from ipwrap.kinds import Veth
from ipwrap.qdiscs import Netem


def main(session: Session) -> None:
    """Lay the cable, and measure it at two rates against the same server."""
    session.note("Two hosts, and a cable that carries 100 Mbit/s.")
    for name in ("near", "far"):
        session.ip.netns.add(name)
    session.ip.link.add("wan", Veth(peer="wan", peer_netns="far"), netns="near")
    for number, name in enumerate(("near", "far"), start=1):
        session.netns(name).ip.address.add(f"10.0.0.{number}/24", dev="wan")
        session.netns(name).ip.link.set("wan", up=True)
    near, far = session.netns("near"), session.netns("far")
    near.tc.qdisc.add("wan", Netem(rate="100mbit", limit=100), handle="1:")

    session.note("A server at the far end, and a measurement from the near end.")
    server = ("iperf3", "--server", "--interval", "0", "--format", "m")
    with far.spawn(*server, ready=until.listening(5201), name="iperf"):
        print(f"at 100 Mbit/s: {measure(session):.0f} Mbit/s")

        session.note("The same at a tenth of the rate. The server is still there.")
        near.tc.qdisc.change("wan", Netem(rate="10mbit", limit=100))
        print(f"at 10 Mbit/s:  {measure(session):.0f} Mbit/s")


def measure(session: Session) -> float:
    """Return the throughput from near to far, in Mbit/s."""
    options = ("--time", "2", "--interval", "0", "--format", "m")
    report = session.netns("near").exec("iperf3", "--client", "10.0.0.2", *options)
    (line,) = (line for line in report.stdout.splitlines() if line.endswith("receiver"))
    return float(line.partition("MBytes")[2].split()[0])
