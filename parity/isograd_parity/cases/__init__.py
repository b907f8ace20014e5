"""What is compared: torch's own ``op_db``, and semantic cases written by hand."""
