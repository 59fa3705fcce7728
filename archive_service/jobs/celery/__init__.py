"""Celery over RabbitMQ as the broker of jobs."""
