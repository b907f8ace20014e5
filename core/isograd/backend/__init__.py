"""Backends: what an array library gives to isograd, and how one is found and chosen.

`contract` is the reference for authors, `resolve` binds the kernels of one backend, `defaults` fills what it leaves
out, `discover` finds installed backends and decides which one serves.
"""
