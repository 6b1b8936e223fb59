"""Fresh minimal Debian systems: directories with namespaces of their own, to try in what a new user tries."""
