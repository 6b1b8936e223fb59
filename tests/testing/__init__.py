"""Tests of what tests of labs need."""
