"""Core dumps of this process and its children, which would save secrets to a file."""

from functools import cache

__all__ = ["forbid_core_dumps"]

# Of RLIMIT_CORE: too little for a file, and the only limit that the kernel respects as well where
# /proc/sys/kernel/core_pattern names a program: do_coredump() in fs/coredump.c, core(5).
NO_DUMP = 1


@cache
def forbid_core_dumps() -> None:
    """Let neither this process nor later children leave a core dump: `ulimit -S -c`.

    Only the soft limit is lowered, once: a program that wants core dumps can raise the limit.
    """
    import resource  # only Unix has it; recordings are read elsewhere as well

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    soft = NO_DUMP if hard == resource.RLIM_INFINITY else min(NO_DUMP, hard)

    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
