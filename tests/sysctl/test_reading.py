"""Sysctls of several namespaces, read by one program."""

import io
from pathlib import Path

import pytest

from ipwrap import Session
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.sysctl import reader_main
from ipwrap.sysctl.reading import PlaceReading, read_sysctls
from tests.doubles import ReplyDouble

FORWARD = "net.ipv4.ip_forward"


@pytest.fixture(scope="module")
def runner(sandbox_session: Session) -> UnrecordedRunner:
    """A runner in a sandbox with two namespaces, one of which forwards."""
    for name in ("a", "b"):
        sandbox_session.ip.netns.add(name)
    sandbox_session.netns("b").sysctl.set(FORWARD, 1)
    sandbox_session.netns("b").sysctl.set("net.ipv4.conf.lo.rp_filter", 2)
    return UnrecordedRunner(sandbox_session.place)


@pytest.mark.live
def test_each_namespace_has_its_own_values(runner: UnrecordedRunner) -> None:
    """A link is listed where it differs from `default`; further keys are read where asked for."""
    reading = read_sysctls(
        runner, {"": (), "a": ["net.ipv4.tcp_rmem"], "b": ()}, with_fresh=True, with_filters=True
    )

    assert reading is not None
    values = {name: found.values for name, found in reading.namespaces.items()}
    assert {"": "0", "a": "0", "b": "1"} == {name: found[FORWARD] for name, found in values.items()}
    assert values["b"]["net.ipv4.conf.lo.rp_filter"] == "2"
    assert "net.ipv4.conf.lo.rp_filter" not in values["a"]
    assert len(values["a"]["net.ipv4.tcp_rmem"].split()) == 3
    assert "net.ipv4.tcp_rmem" not in values["b"]
    assert reading.fresh is not None
    assert reading.fresh.values[FORWARD] == "0"
    assert "net.ipv4.tcp_rmem" in reading.fresh.values


@pytest.mark.live
def test_only_some_keys(runner: UnrecordedRunner) -> None:
    """With the keys from which a new link gets their values; a missing one is left out."""
    keys = ["net.ipv4.conf.lo.rp_filter", "net.ipv4.conf.gone.rp_filter"]
    reading = read_sysctls(runner, {"b": keys}, only_keys=True)

    assert reading is not None
    assert {
        "net.ipv4.conf.lo.rp_filter": "2",
        "net.ipv4.conf.default.rp_filter": "0",
    } == reading.namespaces["b"].values
    assert reading.fresh is None


@pytest.mark.live
def test_a_namespace_that_is_gone_is_left_out(runner: UnrecordedRunner) -> None:
    """Its name alone is no error."""
    reading = read_sysctls(runner, {"gone": (), "a": ()})

    assert reading is not None
    assert ["a"] == list(reading.namespaces)


def test_a_program_that_fails_reads_nothing() -> None:
    """The caller goes on without the sysctls."""
    assert read_sysctls(ReplyDouble("", status=1), {"": ()}) is None


def test_filters_of_a_reply() -> None:
    """Tables of nftables, and families of legacy tables."""
    reading = read_sysctls(ReplyDouble("n\0vnet/ipv4/x 1\0t\0yip\0na\0f\0vnet/ipv4/x 0\0"), {})

    assert isinstance(reading, PlaceReading)
    assert reading.namespaces[""].has_nft
    assert reading.namespaces[""].legacy == {"ip"}
    assert not reading.namespaces["a"].has_nft
    assert reading.fresh is not None
    assert reading.fresh.values == {"net.ipv4.x": "0"}


def test_the_module_of_nftables_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where modules can be loaded, and this one is not, the kernel is not asked."""
    existing = set[str]()

    def open_modules(_path: str, _mode: str) -> io.BytesIO:
        return io.BytesIO(b"bridge 1 0\n")

    monkeypatch.setattr("os.path.exists", lambda path: path in existing)
    monkeypatch.setattr("builtins.open", open_modules)
    assert not reader_main.has_nft_module()

    existing.add("/sys/module/nf_tables")
    assert reader_main.has_nft_module()


@pytest.mark.parametrize("modules", ["", None])
def test_a_kernel_without_modules_may_have_nftables(
    modules: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lacks cannot be loaded."""

    def open_modules(_path: str, _mode: str) -> io.BytesIO:
        if modules is None:
            raise FileNotFoundError
        return io.BytesIO(modules.encode())

    monkeypatch.setattr("os.path.exists", lambda _: False)
    monkeypatch.setattr("builtins.open", open_modules)
    assert reader_main.has_nft_module()


def test_legacy_tables_are_listed_by_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing list, and an empty one, mean no tables."""
    (tmp_path / "ip").write_text("filter\nnat\n")
    (tmp_path / "ip6").write_text("")
    lists = {name: str(tmp_path / name) for name in ("ip", "ip6", "gone")}
    monkeypatch.setattr(reader_main, "LEGACY_LISTS", lists)

    assert ["ip"] == reader_main.legacy_families()


def test_a_missing_folder_has_no_links(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kernel without IPv6 has none of its keys."""
    monkeypatch.setattr(reader_main, "PROC_SYS", f"{tmp_path}/")
    assert reader_main.read_links("ipv6", ["forwarding"], folders=reader_main.Folders()) == {}


def test_folders_of_links_do_not_stay_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A namespace may have more links than a process may have open files."""
    for link in ("all", "default", "eth0", "lo"):
        folder = tmp_path / "net/ipv4/conf" / link
        folder.mkdir(parents=True)
        (folder / "forwarding").write_text("1\n" if link == "eth0" else "0\n")
    (tmp_path / "net/ipv4/ip_forward").write_text("0\n")
    monkeypatch.setattr(reader_main, "PROC_SYS", f"{tmp_path}/")

    folders = reader_main.Folders()
    values = reader_main.read_links("ipv4", ["forwarding"], folders=folders)
    values |= reader_main.read_keys(
        ["net/ipv4/ip_forward", "net/mpls/platform_labels"], folders=folders
    )
    still_open = set(folders.descriptors)
    folders.close()

    assert {"net", "net/ipv4", "net/ipv4/conf"} == still_open
    assert {
        "net/ipv4/conf/all/forwarding": "0",
        "net/ipv4/conf/default/forwarding": "0",
        "net/ipv4/conf/eth0/forwarding": "1",
        "net/ipv4/ip_forward": "0",
    } == values
