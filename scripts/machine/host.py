"""What a fresh system takes over from this one.

The way to packages (mirror, proxies, certificates, pip's index).
"""

import configparser
import os
import subprocess
from pathlib import Path

__all__ = ["CERTIFICATES", "apt_settings", "ca_bundle", "mirror", "pip_settings", "proxies"]

CERTIFICATES = (
    "/etc/"
    "host-certificates.crt"
)  # inside; the package ca-certificates writes its own bundle elsewhere
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
    """Return the URL from which this system has Debian's packages, or None where it has them from
    nowhere.
    """
    listing = _output(
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN) $(CODENAME) $(SITE)",
        "Created-By: Packages",
    )
    for line in listing.splitlines():
        origin, codename, site = line.split(" ", 2)
        is_main_archive = origin == "Debian" and "-" not in codename  # not bookworm-security
        if is_main_archive and site.startswith(("http:", "https:", "file:")):
            return site

    return None


def apt_settings() -> str:
    """Return apt's settings for fetching, as a configuration file."""
    return _output("apt-config", "dump", "--no-empty", "--format", '%F "%v";%n', *APT_SETTINGS)


def proxies() -> dict[str, str]:
    """Return the environment variables that name proxies."""
    names = (*PROXY_VARIABLES, *(name.upper() for name in PROXY_VARIABLES))
    return {name: os.environ[name] for name in names if name in os.environ}


def ca_bundle() -> Path | None:
    """Return the file of certificates that programs here are told to use, or that has locally added
    authorities.
    """
    configured = [os.environ.get(name) for name in BUNDLE_VARIABLES]
    configured.append(_pip_configuration().get("cert"))
    for name in configured:
        if name and Path(name).is_file():
            return Path(name)

    has_local_authorities = any(LOCAL_AUTHORITIES.rglob("*.crt"))
    return SYSTEM_BUNDLE if has_local_authorities and SYSTEM_BUNDLE.is_file() else None


def pip_settings() -> str:
    """Return pip's settings for fetching, as a configuration file.

    Folders of this system are left out.
    """
    configuration = _pip_configuration()
    lines = ["[global]", "disable-pip-version-check = true"]

    for name in PIP_SETTINGS:
        urls = [
            word
            for word in configuration.get(name, "").split()
            if not word.startswith(("/", "file:"))
        ]
        if urls:
            lines.append(f"{name} = {' '.join(urls)}")
    if ca_bundle():
        lines.append(f"cert = {CERTIFICATES}")

    return "\n".join(lines) + "\n"


def _pip_configuration() -> dict[str, str]:
    """Return pip's settings.

    Its files' in the order in which pip reads them, then those of the environment.
    """
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
    """Return what a program prints, or nothing where it is not there or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
