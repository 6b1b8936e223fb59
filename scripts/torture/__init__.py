"""Attack ipwrap at random: hostile recordings, signals, crashes, and a very long session.

``python -m scripts.torture [--long] [--only TRIAL…] [--seed SEED]`` prints a table of the trials,
and every failure with the seed that repeats it. The exit status is 1 after a failure. Everything
runs in namespaces that the trials make themselves.
"""
