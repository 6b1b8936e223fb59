"""The generated parts of docs/: tables of options, verbs, commands and errors, from the code."""
