"""Drawings of a topology, one format a file: mermaid and dot; svg and png by graphviz."""

__all__: list[str] = []
