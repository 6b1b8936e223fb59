"""A session that uses keys in every way, run as a process by the test that searches for the keys.

    python -m tests.live.keys_lab PLACE EXECUTOR FOLDER

Reads the keys from stdin, and then a line at which to end by a signal that dumps core. Writes to
the folder whatever a session leaves: log, recording, exports, and all errors as text. Prints names
of the commands that succeeded, and the generated keys backwards.
"""

import contextlib
import json
import logging
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from attrs import define, field

from ipwrap import Batch, Local, Process, Sandbox, Secret, Session
from ipwrap.export import FORMATS
from ipwrap.kinds import Macsec, Veth, Wireguard

FAILING_COMMANDS = 25  # each is a process that somebody may see in /proc
MARKER = "an-argument-that-everybody-sees"


@define
class KeysLab:
    """The session, the keys by name, and the texts that its user sees."""

    session: Session
    keys: dict[str, str]
    texts: TextIO
    succeeded: list[str] = field(factory=list)

    def attempt(self, name: str, action: Callable[[], object]) -> None:
        """Do something with a key, and write down the result or the error in every form."""
        try:
            result = action()
        except BaseException as error:
            self.write_error(error)
        else:
            self.texts.write(f"{name}: {result!r} {result}\n")
            self.succeeded.append(name)

    def write_error(self, error: BaseException | None) -> None:
        """Write an error, and all errors that it is chained to, also where a traceback hides it."""
        while error is not None:
            lines = traceback.format_exception(error)
            self.texts.write(f"{error}\n{error!r}\n{error.args!r}\n{''.join(lines)}\n")
            self.texts.write(repr({name: str(value) for name, value in vars(error).items()}))
            error = error.__context__

    def use_macsec(self) -> None:
        """Add keys: by the verb, plain and secret, typed, in a namespace, in a batch."""
        session, key = self.session, self.keys["macsec"]
        red = session.netns("red")
        secret = Secret(self.keys["macsec_256"], "LONG_KEY")
        typed = ("ip", "macsec", "add", "ms0", "tx", "sa", "2", "pn", "1", "key", "03", key)

        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="v1"))
        self.attempt("link", lambda: session.ip.link.add("ms0", Macsec(), link="v0"))
        self.attempt(
            "plain", lambda: session.ip.macsec.add("ms0", "tx", sa=0, pn=1, key=("01", key))
        )
        self.attempt("typed", lambda: session.exec(*typed))
        self.attempt("again", lambda: session.exec(*typed))
        self.attempt(
            "cipher", lambda: session.ip.macsec.add("ms0", "tx", sa=1, pn=1, key=("2", key))
        )
        self.attempt(
            "secret", lambda: session.ip.macsec.add("ms0", "tx", sa=1, pn=1, key=("02", secret))
        )
        self.attempt("queued", self.queue_key)
        self.attempt("path", lambda: red.exec("/sbin/ip", *typed[1:]))
        self.attempt(
            "cut", lambda: session.ip.macsec.add("m", "tx", sa=0, pn=1, key=("01", key[1:]))
        )

        for _ in range(FAILING_COMMANDS):
            self.attempt(
                "missing", lambda: red.ip.macsec.add("no", "tx", sa=0, pn=1, key=("01", key))
            )

    def queue_key(self) -> None:
        """Add a key among queued changes."""
        with self.session.batch():
            self.session.ip.link.set("v0", up=True)
            self.session.ip.macsec.add("ms0", "tx", sa=3, pn=1, key=("04", self.keys["macsec"]))
            self.session.exec("sh", "-c", "cat", stdin=self.keys["macsec"])

    def use_xfrm(self) -> None:
        """Add and list the keys of IPsec, also keys that the session has not set."""
        state = (
            "ip",
            "xfrm",
            "state",
            "add",
            "src",
            "192.0.2.1",
            "dst",
            "192.0.2.2",
            "proto",
            "esp",
        )
        enc = ("spi", "7", "enc", "cbc(aes)", self.keys["xfrm"])
        self.attempt("xfrm", lambda: self.session.exec(*state, *enc))
        self.attempt("xfrm_list", lambda: self.session.exec("ip", "xfrm", "state", changes=False))
        refused = ("spi", "7", "enc", "cbc(aes)", f"{self.keys['passphrase']}#")
        self.attempt("xfrm_refused", lambda: self.session.exec(*state, *refused))

    def use_wireguard(self) -> None:
        """Generate keys, and give keys to wg, which reads them from stdin."""
        session, key = self.session, self.keys["wireguard"]
        private_key = ("wg", "set", "wg0", "private-key", "/dev/stdin")
        config = Secret(f"[Interface]\nPrivateKey = {key}\n", "CONFIG")

        self.attempt("wireguard", lambda: session.ip.link.add("wg0", Wireguard()))
        generated = session.secret("GENERATED", "wg", "genkey")
        public = session.secret("PUBLIC", "wg", "pubkey", stdin=generated)
        print(json.dumps([generated.reveal()[::-1]]), public.name)  # noqa: T201
        self.attempt("wg_set", lambda: session.exec(*private_key, stdin=key))
        self.attempt("wg_generated", lambda: session.exec(*private_key, stdin=generated))
        self.attempt(
            "wg_setconf", lambda: session.exec("wg", "setconf", "wg0", "/dev/stdin", stdin=config)
        )
        self.attempt(
            "wg_key", lambda: session.exec("wg", "show", "wg0", "private-key", changes=False)
        )
        self.attempt("wg_dump", lambda: session.exec("wg", "show", "all", "dump", changes=False))

    def use_programs(self) -> None:
        """End programs that have a key on stdin by a timeout, a signal and Ctrl-C."""
        session, key = self.session, Secret(self.keys["passphrase"], "PASS")
        wait = ("sh", "-c", "cat; sleep 60", MARKER)
        self.attempt("cat", lambda: session.exec("cat", stdin=key))
        self.attempt("long", lambda: session.exec("true", "x" * 200_000, stdin=key))
        self.attempt("no_program", lambda: session.exec("no-such-program", stdin=key))
        self.attempt("timeout", lambda: session.exec(*wait, stdin=key, timeout=0.5))
        self.attempt("killed", lambda: session.exec("sh", "-c", "cat; kill -ABRT $$", stdin=key))
        self.attempt(
            "surrogate", lambda: session.exec("cat", stdin=Secret(f"{key.reveal()}\ud800"))
        )
        self.attempt(
            "argument", lambda: session.exec("ip", "macsec", "key", "1", f"{key.reveal()}\0")
        )

        pid = os.getpid()
        timer = threading.Timer(0.5, os.kill, (pid, signal.SIGINT))
        timer.start()
        self.attempt("ctrl_c", lambda: session.exec(*wait, stdin=key))
        timer.join()

    def write_reprs(self) -> None:
        """Write whatever a debugger or an assertion shows of the objects."""
        recording = self.session.recording
        for value in (self.session, recording, recording.events, recording.results):
            self.texts.write(f"{value!r}\n")


class EveryField(logging.Formatter):
    """Formats a record with all its fields, as a log for machines does."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message and the fields."""
        return f"{super().format(record)} {vars(record)!r}"


@contextlib.contextmanager
def log_everything(file: Path) -> Iterator[None]:
    """Log whatever anything logs, of every logger and level."""
    handler = logging.FileHandler(file)
    handler.setFormatter(EveryField())
    logging.basicConfig(handlers=[handler], level=1)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(1)
    with contextlib.suppress(KeyboardInterrupt):
        yield
    logging.shutdown()


def main(place_name: str, executor_name: str, folder: Path) -> None:
    """Use the keys, wait for a line, and dump core."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Python prints an interrupt that comes while it collects garbage, and goes on.
    sys.unraisablehook = lambda _: None
    keys = json.loads(sys.stdin.readline())
    place = Sandbox() if place_name == "sandbox" else Local()
    executor = Batch() if executor_name == "batch" else Process()

    session = Session(place, executor, record=folder / "recording.jsonl", transcript=True)
    texts = (folder / "texts").open("w", errors="backslashreplace")
    with log_everything(folder / "log"), texts, session:
        lab = KeysLab(session, keys, texts)
        lab.use_macsec()
        lab.use_xfrm()
        lab.use_wireguard()
        lab.use_programs()
        lab.write_reprs()
        for format_name in FORMATS:
            (folder / f"export.{format_name}").write_text(session.export(format_name))

        texts.flush()
        print(json.dumps(lab.succeeded), flush=True)  # noqa: T201
        sys.stdin.readline()

    os.abort()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
