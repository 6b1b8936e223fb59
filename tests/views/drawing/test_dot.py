"""Drawings in the language of dot(1)."""

import re

from ipwrap.views.drawing.dot import dot
from tests.views.drawing.figures import EVERYTHING, HOSTILE, figure_of, like_pods
from tests.views.topology.states import link, state_of

# A quoted string, in which a quote and a lone backslash do not occur.
QUOTED = r'"(?:[^"\\]|\\.)*"'
STATEMENTS = re.compile(
    rf"}}|  subgraph cluster_\d+ {{|  }}"
    rf"|    label={QUOTED}; bgcolor={QUOTED};"
    rf"|    n\d+ \[id=n\d+, label={QUOTED}(?:, fillcolor={QUOTED})?\];"
    rf"|    e\d+ \[.*\];|  o\d+ \[label={QUOTED}, fillcolor={QUOTED}\];"
    rf"|  [no]\d+(?::p\d+)? -- [no]\d+(?::p\d+)? \[.*\];"
)


BRIDGE = r"br0\lbridge\ vlan_filtering\l10.0.0.1/24\l|<p0> veth1\lVLAN\ 10\ untagged\l"


def statements_of(text: str) -> list[str]:
    """Return the statements behind the head, without colours."""
    body = text[text.index("  subgraph") :]
    return re.sub(r'[, ;]*(?:fill|bg|font)?color="[^"]*"', "", body).splitlines()


def test_drawing_of_everything() -> None:
    """Namespaces are clusters, links records, and ports fields of the record of their master."""
    assert [
        "  subgraph cluster_0 {",
        '    label="(host)";',
        r'    n0 [id=n0, label="eth0\l192.0.2.1/24\l"];',
        r'    n1 [id=n1, label="eth0.10\lvlan\ id\ 10\ on\ eth0\l"];',
        rf'    n2 [id=n2, label="{BRIDGE}"];',
        r'    n3 [id=n3, label="bond0\lbond\ mode\ 802.3ad\l|<p0> p0\ldown\l"];',
        r'    n4 [id=n4, label="gre1\lgre\ remote\ 203.0.113.9\ local\ 192.0.2.1\l"];',
        "  }",
        "  subgraph cluster_1 {",
        '    label="red";',
        r'    n5 [id=n5, label="eth0\l10.0.0.2/24\l"];',
        r'    n6 [id=n6, label="mv0\lmacvlan\l"];',
        "  }",
        "  subgraph cluster_2 {",
        '    label="empty";',
        '    e2 [shape=plain, style="", label="no links"];',
        "  }",
        r'  o0 [label="203.0.113.9\l"];',
        "  n2:p0 -- n5 [];",
        "  n0 -- n6 [style=dotted];",
        '  n4 -- o0 [style=dashed, label="  gre  "];',
        "  n0 -- n1 [style=dotted];",
        "  n2 -- n3 [];",
        "}",
    ] == statements_of("".join(dot(figure_of(EVERYTHING))))


def test_no_text_leaves_its_label() -> None:
    """Quotes, braces, bars and entities of a name are text."""
    links = [link(HOSTILE, "bridge"), link(HOSTILE + "1", index=3, master=HOSTILE)]
    gre = link("g", "gre", index=4, data={"remote": HOSTILE})

    text = "".join(dot(figure_of(state_of({HOSTILE: [*links, gre]}))))

    lines = text[text.index("  subgraph") :].splitlines()
    assert [] == [line for line in lines if not STATEMENTS.fullmatch(line)]
    assert "\x1b" not in text


def test_like_namespaces_are_a_grid() -> None:
    """Cells have one width, and empty ones fill the last row, so that the columns are in line."""
    addresses = [f"10.0.0.{number}/24" for number in range(1, 12)]
    text = "".join(dot(figure_of(like_pods(11, addresses))))

    (record,) = re.findall(r'n1 \[id=n1, label="(.*)"', text)
    head, *rows = record.replace("\\ ", " ").split("|{")
    cells = [row.removesuffix("}").split("|") for row in rows]
    assert r"eth0\l" == head
    assert [5, 5, 5] == list(map(len, cells))
    assert r"pod1        \l10.0.0.1/24 \l" == cells[0][0]
    assert r"pod11       \l10.0.0.11/24\l" == cells[2][0]
    assert {12} == {len(text) for row in cells for cell in row for text in cell.split(r"\l")[:-1]}
