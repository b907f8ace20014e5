"""The parity harness: isograd, or anything with torch's API, measured cell by cell against the real torch.

A *cell* is op × dtype × check × backend. The *subject* is the module under test, the *oracle* is torch 2.13. Both run the
same case through the same code; what they return becomes plain records, and the records are compared.

Run it with ``isograd parity`` or ``pytest --pyargs isograd_parity``.
"""
