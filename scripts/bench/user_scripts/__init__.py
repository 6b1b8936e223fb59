"""Whole scripts of a bridge with pods, as a person would write them: ``python FILE PODS``."""
