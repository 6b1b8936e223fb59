"""`describe_failure`: why ssh(1) made no connection, and the remedy, by the stderr of ssh."""

from ipwrap.jsonio.escape import escape_controls

__all__ = ["describe_failure"]

LAST_LINES = 6  # of what ssh printed

# The first text that ssh printed counts: text of ssh, problem, what to do. See ssh(1),
# sshconnect.c and sshconnect2.c of OpenSSH. {name} is the destination.
FAILURES = (
    (
        "Could not resolve hostname",
        "unknown host",
        "check the name, or give it a HostName in your ssh config",
    ),
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host key is not the known one",
        (
            "if the host was installed anew, forget its old key: ssh-keygen -R HOST; "
            "otherwise somebody may stand between"
        ),
    ),
    (
        "Host key verification failed",
        "the host key is not known",
        "connect once by hand and compare its fingerprint: ssh {name}",
    ),
    (
        "Connection refused",
        "the connection was refused",
        "start sshd there, or give the port that it listens on: options={{'Port': 2222}}",
    ),
    (
        "Permission denied (",
        "the authentication failed",
        (
            "nobody is asked for a password: let `ssh -o BatchMode=yes {name} true` succeed, by "
            "ssh-add or ssh-copy-id"
        ),
    ),
    (
        "Too many authentication failures",
        "the authentication failed",
        "name the key: options={{'IdentityFile': …, 'IdentitiesOnly': 'yes'}}",
    ),
    ("Bad configuration option", "ssh does not know an option", "see ssh_config(5)"),
    ("Bad owner or permissions", "ssh does not trust a file", "see FILES in ssh(1)"),
    ("Can't open user config file", "the ssh config cannot be read", "check its path"),
    ("timed out", "no answer", "check the route and the firewalls to it"),
    ("No route to host", "it cannot be reached", "check the route and the firewalls to it"),
    ("Network is unreachable", "it cannot be reached", "check the route to it"),
)
OTHER = ("the connection was not made", "try it by hand: ssh -v {name}")


def describe_failure(name: str, stderr: str, *, tried: str) -> str:
    """Return the message of the error: the attempt, the problem, the stderr of ssh, the remedy."""
    problem, advice = OTHER
    for text, known_problem, known_advice in FAILURES:
        if text in stderr:
            problem, advice = known_problem, known_advice
            break

    lines = [line for line in stderr.splitlines() if line.strip("@ \r")][-LAST_LINES:]
    report = [f"ssh {name}: {problem}", f"  tried:     {tried}"]
    report += [f"  ssh said:  {escape_controls(line.rstrip())}" for line in lines]
    report.append(f"  next:      {advice.format(name=name)}")
    return "\n".join(report)
