"""Settings that a fresh system inherits from this system: mirror, proxies, certificates, pip's
index.
"""

import configparser
import os
import subprocess
from pathlib import Path

__all__ = ["CERTIFICATES", "apt_settings", "ca_bundle", "mirror", "pip_settings", "proxies"]

# The path inside a fresh system. The package ca-certificates writes its bundle to another path.
CERTIFICATES = "/etc/host-certificates.crt"
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
LOCAL_AUTHORITIES = Path("/usr/local/share/ca-certificates")
BUNDLE_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
APT_SETTINGS = (
    "Acquire::http",
    "Acquire::https",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
)
PIP_FILES = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
PIP_SETTINGS = (
    "index-url",
    "extra-index-url",
    "proxy",
    "trusted-host",
    "timeout",
    "default-timeout",
    "retries",
)


def mirror() -> str | None:
    """Return the URL of this system's Debian mirror, or None if apt has none."""
    listing = _output(
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN) $(CODENAME) $(SITE)",
        "Created-By: Packages",
    )

    for line in listing.splitlines():
        origin, codename, site = line.split(" ", 2)
        # bookworm-security and bookworm-updates are archives of their own.
        is_main_archive = origin == "Debian" and "-" not in codename
        if is_main_archive and site.startswith(("http:", "https:", "file:")):
            return site

    return None


def apt_settings() -> str:
    """Return apt's settings for fetching, as a configuration file."""
    return _output("apt-config", "dump", "--no-empty", "--format", '%F "%v";%n', *APT_SETTINGS)


def proxies() -> dict[str, str]:
    """Return the environment variables for proxies."""
    variables = {}

    # Programs disagree about the case: curl(1) reads http_proxy in lower case only.
    for name in PROXY_VARIABLES:
        for variable in (name, name.upper()):
            if variable in os.environ:
                variables[variable] = os.environ[variable]

    return variables


def ca_bundle() -> Path | None:
    """Return the file of certificates that this system configures, or None for the default.

    A bundle with locally added authorities counts as configured.
    """
    configured = [os.environ.get(name) for name in BUNDLE_VARIABLES]
    configured.append(_pip_configuration().get("cert"))

    for name in configured:
        if name and Path(name).is_file():
            return Path(name)

    has_local_authorities = any(LOCAL_AUTHORITIES.rglob("*.crt"))

    return SYSTEM_BUNDLE if has_local_authorities and SYSTEM_BUNDLE.is_file() else None


def pip_settings() -> str:
    """Return pip's settings for fetching as a configuration file, without local folders."""
    configuration = _pip_configuration()
    lines = ["[global]", "disable-pip-version-check = true"]

    for name in PIP_SETTINGS:
        values = configuration.get(name, "").split()
        remote_values = [value for value in values if not value.startswith(("/", "file:"))]
        if remote_values:
            lines.append(f"{name} = {' '.join(remote_values)}")

    if ca_bundle():
        lines.append(f"cert = {CERTIFICATES}")

    return "\n".join(lines) + "\n"


def _pip_configuration() -> dict[str, str]:
    """Return pip's settings: from its files in pip's order, then from the environment."""
    parser = configparser.RawConfigParser()
    files = [Path(name).expanduser() for name in PIP_FILES]
    files.append(Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)))
    parser.read(files)

    configuration = dict(parser["global"]) if parser.has_section("global") else {}

    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            configuration[name.removeprefix("PIP_").lower().replace("_", "-")] = value

    return configuration


def _output(*command: str) -> str:
    """Return the output of a program, or nothing if the program is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
