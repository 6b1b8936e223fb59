"""Drawings in the language of mermaid."""

import re

from ipwrap.views.drawing.mermaid import mermaid
from tests.views.drawing.figures import EVERYTHING, HOSTILE, figure_of, like_pods
from tests.views.topology.states import link, state_of

# The statements that the writer makes, with nothing in a label that mermaid takes for syntax.
LABEL = r'"(?:[\w .,:/@+()…–×-]|#[0-9]+;|<br/>)*"'
STATEMENTS = re.compile(
    rf"flowchart LR"
    rf"|  subgraph ns\d+\[{LABEL}\]|  end"
    rf"|    [ne]\d+(?:\[{LABEL}\]|\{{\{{{LABEL}\}}\}})(?::::master)?"
    rf"|  o\d+\(\[{LABEL}\]\):::outside"
    rf"|  [no]\d+ (?:---|-\.-|===|-- {LABEL} ---|-\. {LABEL} -\.-|== {LABEL} ===) [no]\d+"
    rf"|  classDef (?:master|outside) [\w#:,]+"
    rf"|  linkStyle \d+ [\w#:,-]+"
)


def test_drawing_of_everything() -> None:
    """Namespaces are subgraphs, masters hexagons, ports labels of lines."""
    assert [
        "flowchart LR",
        '  subgraph ns0["(host)"]',
        '    n0["eth0<br/>192.0.2.1/24"]',
        '    n1["eth0.10<br/>vlan id 10 on eth0"]',
        '    n2{{"br0<br/>bridge vlan_filtering<br/>10.0.0.1/24"}}:::master',
        '    n3{{"bond0<br/>bond mode 802.3ad"}}:::master',
        '    n4["gre1<br/>gre remote 203.0.113.9 local 192.0.2.1"]',
        "  end",
        '  subgraph ns1["red"]',
        '    n5["eth0<br/>10.0.0.2/24"]',
        '    n6["mv0<br/>macvlan"]',
        "  end",
        '  subgraph ns2["empty"]',
        '    e2["no links"]',
        "  end",
        '  o0(["203.0.113.9"]):::outside',
        '  n2 -- "veth1 VLAN 10 untagged" --- n5',
        "  n0 -.- n6",
        '  n4 -. "gre" -.- o0',
        "  n0 -.- n1",
        "  n2 === n3",
    ] == "".join(mermaid(figure_of(EVERYTHING))).splitlines()[:-2]


def test_every_statement_is_valid() -> None:
    """No text of a state gets out of its label."""
    links = [link(HOSTILE, "bridge"), link("1. a", index=3, master=HOSTILE), link("- x", index=4)]
    state = state_of({HOSTILE: links, "end": [link("end")]})

    lines = "".join(mermaid(figure_of(state))).splitlines()

    assert [] == [line for line in lines if not STATEMENTS.fullmatch(line)]


def test_label_that_begins_as_a_list_is_none() -> None:
    """mermaid refuses lists in labels, which Markdown sees in "1. a" and "- a"."""
    text = "".join(mermaid(figure_of(state_of({"1. a": [link("- b")]}))))

    assert 'ns0["1#46; a"]' in text
    assert 'n0["#45; b"]' in text


def test_consecutive_addresses_are_a_range() -> None:
    """Many like namespaces have a range of addresses, or each its own line."""
    consecutive = like_pods(9, [f"10.0.0.{number}/24" for number in range(1, 10)])
    others = like_pods(9, [f"10.0.0.{number * 2}/24" for number in range(1, 10)])

    assert 'n1["eth0<br/>10.0.0.1–9/24"]' in "".join(mermaid(figure_of(consecutive)))
    assert '"eth0<br/>pod1 10.0.0.2/24<br/>pod2 10.0.0.4/24' in "".join(mermaid(figure_of(others)))


def test_line_that_passes_no_packet_is_red() -> None:
    """A cable with an end that is down has a style of its own."""
    links = [link("v0", "veth", link="v1"), link("v1", "veth", index=3, link="v0", flags=[])]

    text = "".join(mermaid(figure_of(state_of({"red": links}))))

    assert "  n0 --- n1\n" in text
    assert text.endswith("  linkStyle 0 stroke:#cf222e,stroke-dasharray:4\n")
