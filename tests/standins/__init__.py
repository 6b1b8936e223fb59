"""Tests of what stands in for values that are otherwise each time."""
