"""`python -m ipwrap` is `ipwrap`."""

from ipwrap.cli import main

main()
