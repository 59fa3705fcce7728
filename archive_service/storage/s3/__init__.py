"""A copy and staging in buckets of plain S3."""
