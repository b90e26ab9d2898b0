"""What serves the application: the gunicorn worker, health, limits, the first start."""
