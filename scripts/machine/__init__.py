"""Fresh minimal Debian systems.

Directories with namespaces of their own, to try in what a new user tries.
"""
