"""The same lab with ipwrap and with other tools, to compare them."""
