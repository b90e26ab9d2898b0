"""What gunicorn loads: `gunicorn wsgi:app`."""

from app import app

__all__ = ["app"]
