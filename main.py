"""The app for `uvicorn main:app --host 0.0.0.0 --port 8000`."""

from local.app import create_app

app = create_app()
