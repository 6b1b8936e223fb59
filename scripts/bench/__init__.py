"""The bench: what ipwrap costs beside bash, `ip -batch`, subprocess, pyroute2 and Mininet, measured
in the same run.

A *contest* (`contests`) is a list of steps (`steps`, `labs`) that every *player* (`players`) takes
in its own way. Each play is a process of its own in a fresh sandbox (`arena`), started so that its
peak memory can be told (`launch`). Its last line on stdout is JSON: how many microseconds opening,
working and closing took, and how many steps that were.
"""
