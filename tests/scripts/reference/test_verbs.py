"""The pages of verbs have each verb, with its signature and its options."""

import click

from scripts.reference.command_line import command_line, command_section
from scripts.reference.kinds import links, ports, qdiscs
from scripts.reference.verbs import bridge_verbs, ip_verbs, session_methods, tc_verbs


def test_signature_of_a_verb_is_that_of_the_source() -> None:
    """Parameters keep their names and types, one a line where they are many."""
    assert (
        "session.ip.address.add(\n    local: IpPrefix,\n    dev: str,\n"
        "    **options: Unpack[AddressOptions],\n) -> Result\n"
    ) in ip_verbs()


def test_objects_have_their_verbs_and_options() -> None:
    """Objects below objects, calls and tables of options are there."""
    assert "\n### session.bridge.vlan.global_.set\n" in bridge_verbs()
    assert "\n### session.ip.monitor\n" in ip_verbs()
    assert "\n### LinkOptions\n" in ip_verbs()
    assert "\n### session.tc.class_.add\n" in tc_verbs()


def test_session_has_its_methods_and_those_of_namespaces() -> None:
    """What a session inherits is listed; steps that only verbs use are not."""
    text = session_methods()

    assert "### session.spawn\n" in text
    assert "### session.batch\n" in text
    assert "make_secret" not in text


def test_kinds_ports_and_qdiscs_have_sections() -> None:
    """Each kind is a heading, with the import of its class."""
    assert "### bridge\n\n`from ipwrap.kinds import Bridge`\n" in links()
    assert "bridge_slave" not in links()
    assert "### bridge_slave\n" in ports()
    assert "### netem\n\n`from ipwrap.qdiscs import Netem`\n" in qdiscs()
    assert "### class htb\n" in qdiscs()


def test_commands_have_usage_and_options() -> None:
    """Each command has a heading, its usage and a table of its options."""
    text = command_line()

    assert "## ipwrap run\n\n```text\nipwrap run [OPTIONS] SCRIPT [ARGS]..." in text
    assert "| `--record FILE` |" in text
    assert "`table`, `json`, `jsonl`, `csv`, `yaml` |  Default: `table`." in text


def test_examples_of_a_command_keep_their_lines() -> None:
    r"""A paragraph behind \b is a block; a command without options has no table."""
    command = click.Command(
        "fly", help="Fly away.", epilog="\b\nExamples:\n  ipwrap fly\n  ipwrap fly 2"
    )

    text = command_section("fly", command, click.Context(command, info_name="ipwrap"))

    assert text == (
        "## ipwrap fly\n\n```text\nipwrap fly [OPTIONS]\n```\n\nFly away.\n\n"
        "Examples:\n\n```text\nipwrap fly\nipwrap fly 2\n```"
    )
