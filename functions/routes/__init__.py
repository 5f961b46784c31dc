"""The HTTP calls and the pages, for `functions/http.py`."""
