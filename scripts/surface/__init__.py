"""Which option words and JSON keys of iproute2 ipwrap names, and which are missing. `scripts/coverage.py` starts it.

::

    exceptions.py   what is left out on purpose, and other words for what is named: coverage.json
    facts.py        what iproute2 has: the words that its C files take, and the keys that they print
    named.py        what ipwrap names: the words of its tables, the keys of its models, and the words in its code
    usage.py        the usage texts of the iproute2 that is installed
    grammar.py      what of a usage text is grammar, and what is prose
    figures.py      how much is named, file by file
    __main__.py     the report
"""
