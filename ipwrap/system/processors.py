"""The processor that runs the calling thread: proc(5)."""

__all__ = ["current_processor"]

STAT_BYTES = 1024
# The field `processor` of /proc/PID/stat, counted behind the name of the program, which may have
# blanks and parentheses.
PROCESSOR_FIELD = 36


def current_processor() -> int | None:
    """Return the number of the processor that runs the calling thread; None where unknown."""
    # Not sched_getcpu(3) by ctypes, whose import takes as long as a hundred of these reads.
    try:
        with open("/proc/thread-self/stat", "rb", buffering=0) as file:
            stat = file.read(STAT_BYTES)
    except OSError:
        return None

    fields = stat.rpartition(b")")[2].split()
    return int(fields[PROCESSOR_FIELD])
