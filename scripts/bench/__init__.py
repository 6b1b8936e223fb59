"""The bench: the costs of ipwrap beside bash, `ip -batch`, subprocess, pyroute2 and Mininet.

A run measures every competitor. A *contest* (`contests`) is a list of steps (`steps`, `labs`) for
several *players* (`players`). A *play* is a process in a fresh sandbox (`arena`), with a measured
peak memory and CPU time (`launch`). The last line of output is JSON: the microseconds of opening,
working and closing, the CPU time of the work, and the number of steps (`timer`). Whole scripts
(`user_scripts`) are timed from their start to their exit instead.
"""
