"""Facts about the machine that ipwrap runs on: releases of iproute2, modules of the kernel."""

__all__: list[str] = []
