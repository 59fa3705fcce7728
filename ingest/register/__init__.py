"""What is known already of a submission's code, documents and bytes."""
