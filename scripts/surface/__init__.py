"""The report of `scripts/iproute2_coverage.py`: which words and keys of iproute2 ipwrap covers.

::

    exceptions.py   intended omissions, and other names for covered words: iproute2_coverage.json
    facts.py        the option words and JSON keys of iproute2's C files
    coverage.py     the words and keys that ipwrap covers: option tables, models, code
    usage.py        the usage texts of the installed iproute2
    grammar.py      separates the grammar of a usage text from its prose
    figures.py      the share of covered words, file by file
    __main__.py     the report
"""
