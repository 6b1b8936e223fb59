"""Keys and passphrases among plain arguments are redacted by a table."""

from pathlib import Path

import pytest

from ipwrap import Command, Playback, Recording, Session
from ipwrap.export import FORMATS
from ipwrap.secrets.redact import (
    SECRET_RULES,
    OutputSecret,
    find_printed_secrets,
    redact_command,
)
from ipwrap.secrets.secret import Secret

KEY = "0123456789abcdef0123456789ABCDEF"
XFRM = "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 7"


@pytest.mark.parametrize(
    ("line", "redacted"),
    [
        (
            f"ip macsec add m0 tx sa 0 pn 1 on key 01 {KEY}",
            "ip macsec add m0 tx sa 0 pn 1 on key 01 $MACSEC_KEY",
        ),
        (
            f"ip mac a m0 rx sci 1 sa 0 pn 1 key 01 {KEY} off",
            "ip mac a m0 rx sci 1 sa 0 pn 1 key 01 $MACSEC_KEY off",
        ),
        (f"{XFRM} enc cbc(aes) {KEY}", f"{XFRM} enc cbc(aes) $XFRM_ENC_KEY"),
        (
            f"{XFRM} auth-trunc hmac(sha256) {KEY} 96",
            f"{XFRM} auth-trunc hmac(sha256) $XFRM_AUTH_KEY 96",
        ),
        (
            f"{XFRM} aead rfc4106(gcm(aes)) {KEY} 128",
            f"{XFRM} aead rfc4106(gcm(aes)) $XFRM_AEAD_KEY 128",
        ),
        (
            f"{XFRM} auth hmac(md5) {KEY} enc cbc(aes) {KEY}0",
            f"{XFRM} auth hmac(md5) $XFRM_AUTH_KEY enc cbc(aes) $XFRM_ENC_KEY",
        ),
        (f"{XFRM} comp deflate", f"{XFRM} comp deflate"),
        (
            f"ip -n link -6 -f inet x s a enc cbc(aes) {KEY}",
            "ip -n link -6 -f inet x s a enc cbc(aes) $XFRM_ENC_KEY",
        ),
        (
            f"ip -rc 9 -r -- mac a m0 tx sa 0 key 01 {KEY}",
            "ip -rc 9 -r -- mac a m0 tx sa 0 key 01 $MACSEC_KEY",
        ),
        (
            "iw dev w0 connect -w home key d:0:abcde 1:fghij mfp:no",
            "iw dev w0 connect -w home key $IW_KEY $IW_KEY_2 mfp:no",
        ),
        ("iw dev w0 connect home keys 0:abcde", "iw dev w0 connect home keys $IW_KEY"),
        ("/sbin/wpa_passphrase home sesam-open", "/sbin/wpa_passphrase home $WPA_PASSPHRASE"),
        (
            f"sudo ip netns exec red ip macsec add m0 tx sa 0 key 01 {KEY}",
            "sudo ip netns exec red ip macsec add m0 tx sa 0 key 01 $MACSEC_KEY",
        ),
    ],
)
def test_a_key_among_the_arguments_is_redacted(line: str, redacted: str) -> None:
    """A key is replaced by a name for its purpose; further arguments stay."""
    assert redacted.split() == [*redact_command(Command(line.split())).argv]


@pytest.mark.parametrize(
    ("line", "stdin", "name"),
    [
        ("wg set wg0 private-key /dev/stdin", "c2VzYW0=\n", "WG_PRIVATE_KEY"),
        ("wg set wg0 peer P preshared-key /dev/stdin", "c2VzYW0=", "WG_PRESHARED_KEY"),
        ("wg pubkey", "c2VzYW0=", "WG_PRIVATE_KEY"),
        ("wg syncconf wg0 /dev/stdin", "[Interface]\nPrivateKey = c2VzYW0=\n", "WG_CONFIG"),
        ("wpa_passphrase home", "sesam-open\n", "WPA_PASSPHRASE"),
        ("ip -batch -", f"link show\nmacsec add m0 tx sa 0 pn 1 key 01 {KEY}\n", "IP_BATCH"),
    ],
)
def test_a_key_on_stdin_is_redacted(line: str, stdin: str, name: str) -> None:
    """A key that a program reads from stdin is redacted, without the end of the line."""
    command = redact_command(Command(line.split(), stdin=stdin))

    assert f"${name}" == command.stdin
    assert stdin.strip() == command.secrets[0].reveal().strip()
    assert (name,) == _names(command)


@pytest.mark.parametrize(
    "command",
    [
        Command(["ip", "-j", "-d", "link", "show"], changes=False),
        Command(["ip", "link", "add", "name", "key", "type", "dummy"]),
        Command(["ip", "macsec", "show"], changes=False),
        Command(["ip", "xfrm", "state", "add", "enc"]),
        Command(("ip", "xfrm", "state", "add", "enc", "ecb(cipher_null)", "")),
        Command(["ip", "-j"]),
        Command(["ip", "-batch", "-"], stdin="link show\n\n"),
        Command(["wg", "set", "wg0", "private-key", "/etc/key"], stdin="no key"),
        Command(["wg", "show"], changes=False),
        Command(["ping", "192.0.2.1"]),
        Command(("ip", "macsec", "add", "m0", "tx", "sa", "0", "key", "01", Secret(KEY, "MY"))),
        Command(["wg", "genkey"], output_secret="MY"),
    ],
    ids=str,
)
def test_a_command_without_a_plain_secret_is_unchanged(command: Command) -> None:
    """The same command is returned."""
    assert command is redact_command(command)


def test_a_printed_key_is_redacted() -> None:
    """Generated keys, and printed configurations with keys, are named as secrets."""
    rules = [
        (program, rule)
        for program, program_rules in SECRET_RULES.items()
        for rule in program_rules
        if isinstance(rule, OutputSecret)
    ]
    for program, rule in rules:
        argv = (program, rule.keyword) if rule.keyword else (program,)

        assert rule.name == redact_command(Command(argv)).output_secret

    assert 4 == len(rules)


def test_a_name_with_a_different_value_gets_a_number() -> None:
    """A known value keeps its name."""
    command = Command(f"ip macsec add m0 tx sa 0 pn 1 key 01 {KEY}".split())

    assert ("MACSEC_KEY_3",) == _names(
        redact_command(command, {"MACSEC_KEY": "a", "MACSEC_KEY_2": "b"})
    )
    assert ("OTHER",) == _names(redact_command(command, {"MACSEC_KEY": "a", "OTHER": KEY}))
    assert (
        "WG_PRIVATE_KEY_2"
        == redact_command(Command(("wg", "genkey")), {"WG_PRIVATE_KEY": "a"}).output_secret
    )


def _names(command: Command) -> tuple[str, ...]:
    """Return the names of a command's secrets."""
    return tuple(secret.name for secret in command.secrets)


def _use_keys(session: Session) -> None:
    """Give programs keys in every supported position; the programs may be missing."""
    session.exec(
        "ip", "macsec", "add", "m0", "tx", "sa", "0", "pn", "1", "key", "01", KEY, check=False
    )
    session.exec(
        "ip", "macsec", "add", "m0", "tx", "sa", "1", "pn", "1", "key", "02", KEY[::-1], check=False
    )
    session.exec(
        "ip", "macsec", "add", "m1", "tx", "sa", "0", "pn", "1", "key", "01", KEY, check=False
    )
    session.exec("ip", "-batch", "-", stdin=f"xfrm state add enc cbc(aes) {KEY}\n", check=False)
    session.exec("sh", "-c", 'echo "$0" >&2; exit 1', KEY, check=False)
    session.exec("sh", "-c", f"echo {KEY}; cat", stdin=f"key: {KEY}", check=False)


@pytest.mark.live
def test_no_plain_key_is_written(session: Session, tmp_path: Path) -> None:
    """Recording and exports have no key, and a key has a single name."""
    _use_keys(session)
    path = session.recording.save(tmp_path / "x.jsonl")
    written = [path.read_text(), *(session.export(name) for name in FORMATS)]

    assert [] == [text for text in written if KEY in text or KEY[::-1] in text]

    commands = Recording.load(path).commands
    names = [_names(asked.command) for asked in commands]

    assert [
        ("MACSEC_KEY",),
        ("MACSEC_KEY_2",),
        ("MACSEC_KEY",),
        ("IP_BATCH",),
        ("MACSEC_KEY",),
    ] == names[:5]
    assert ("WITH_MACSEC_KEY", "WITH_MACSEC_KEY_2") == names[5]


@pytest.mark.live
def test_a_script_asks_for_the_plain_keys(session: Session) -> None:
    """The script needs an environment variable for a key, and stops without it."""
    _use_keys(session)

    assert ': "${MACSEC_KEY_2:?' in session.export("sh")


@pytest.mark.live
def test_the_caller_gets_the_printed_key(session: Session, tmp_path: Path) -> None:
    """The caller gets the key, the recording its name, and the script generates it anew."""
    wg = tmp_path / "wg"
    wg.write_text("#!/bin/sh\necho sesam-open\n")
    wg.chmod(0o755)

    with session.batch():
        key_result = session.exec(str(wg), "genkey")
        session.exec(str(wg), "set", "wg0", "private-key", "/dev/stdin", stdin=key_result.stdout)

    assert "sesam-open\n" == key_result.stdout

    pairs = session.recording.pairs()

    assert "$WG_PRIVATE_KEY\n" in [result.stdout for _, result in pairs if result is not None]

    script = session.export("sh")

    assert f"WG_PRIVATE_KEY=${{WG_PRIVATE_KEY:-$({wg} genkey)}}" in script
    assert f"printf '%s' \"$WG_PRIVATE_KEY\" | {wg} set wg0 private-key /dev/stdin" in script


@pytest.mark.live
def test_playback_takes_the_same_plain_keys(session: Session, tmp_path: Path) -> None:
    """The keys get the same names in a playback."""
    _use_keys(session)
    path = session.recording.save(tmp_path / "x.jsonl")
    with Session(executor=Playback(path)) as played:
        _use_keys(played)

    assert 6 == len(played.recording.commands)


def test_a_secret_on_stdin_keeps_its_name() -> None:
    """A secret with a name is not taken for a plain text."""
    key = Secret("a key", "EAST_KEY")

    (secret,) = redact_command(
        Command(("wg", "pubkey"), stdin=key, output_secret="EAST_PUBLIC")
    ).secrets

    assert "EAST_KEY" == secret.name
    assert "a key" == secret.reveal()


WG_KEYS = ("A" * 43 + "=", "B" * 43 + "=", "C" * 43 + "=", "D" * 43 + "=")
WG_DUMP = (
    f"{WG_KEYS[0]}\t{WG_KEYS[1]}\t51820\toff\n"
    f"{WG_KEYS[2]}\t{WG_KEYS[3]}\t192.0.2.1:5\t10.0.0.0/8\t0\t0\t0\toff\n"
    f"{WG_KEYS[2]}\t(none)\t(none)\t(none)\t0\t0\t0\toff\n"
)
XFRM_STATE = """\
src 192.0.2.1 dst 192.0.2.2
\tproto esp spi 0x00000007 reqid 0 mode transport
\tauth-trunc hmac(sha256) 0x00112233445566778899aabbccddeeff 96
\tenc cbc(aes) 0xffeeddccbbaa99887766554433221100
\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
"""


@pytest.mark.parametrize(
    ("line", "output", "printed"),
    [
        (
            "ip xfrm state",
            XFRM_STATE,
            {
                "XFRM_KEY": "00112233445566778899aabbccddeeff",
                "XFRM_KEY_2": "ffeeddccbbaa99887766554433221100",
            },
        ),
        ("ip link show", XFRM_STATE, {}),
        ("wg show wg0 private-key", f"{WG_KEYS[0]}\n", {"WG_PRIVATE_KEY": WG_KEYS[0]}),
        ("wg show all private-key", f"wg0\t{WG_KEYS[0]}\n", {"WG_PRIVATE_KEY": WG_KEYS[0]}),
        ("wg show wg0 public-key", f"{WG_KEYS[1]}\n", {}),
        (
            "wg show wg0 preshared-keys",
            f"{WG_KEYS[2]}\t{WG_KEYS[3]}\n{WG_KEYS[1]}\t(none)\n",
            {"WG_PRESHARED_KEY": WG_KEYS[3]},
        ),
        (
            "wg show wg0 dump",
            WG_DUMP,
            {"WG_PRIVATE_KEY": WG_KEYS[0], "WG_PRESHARED_KEY": WG_KEYS[3]},
        ),
        (
            "ip netns exec red wg show all dump",
            "".join(f"wg0\t{row}\n" for row in WG_DUMP.splitlines()),
            {"WG_PRIVATE_KEY": WG_KEYS[0], "WG_PRESHARED_KEY": WG_KEYS[3]},
        ),
        ("wg set wg0 private-key /dev/stdin", f"{WG_KEYS[0]}\n", {}),
    ],
)
def test_keys_in_an_output_are_found(line: str, output: str, printed: dict[str, str]) -> None:
    """Keys that somebody else has set are secrets as well; public keys are none."""
    assert printed == find_printed_secrets(Command(tuple(line.split())), output, known={})


def test_a_known_key_in_an_output_keeps_its_name() -> None:
    """A key of the session is not named again."""
    command = Command(("wg", "show", "wg0", "private-key"))

    assert {} == find_printed_secrets(command, f"{WG_KEYS[0]}\n", known={"EAST": WG_KEYS[0]})
