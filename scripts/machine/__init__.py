"""Fresh minimal Debian systems in directories, to try the first steps of a new user."""
