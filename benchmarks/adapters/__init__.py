"""Adapters of the taggers that the benchmarks compare, one library a module."""
