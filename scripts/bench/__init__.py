"""The bench: the costs of ipwrap beside bash, `ip -batch`, subprocess, pyroute2 and Mininet.

All are measured in the same run. A *contest* (`contests`) is a list of steps (`steps`, `labs`) that
every *player* (`players`) takes in its own way. Each *play* is a process in a fresh sandbox
(`arena`), started in a way that its peak memory can be measured (`launch`). The last line of its
output is JSON: the microseconds of opening, working and closing, and the number of steps (`timer`).
"""
