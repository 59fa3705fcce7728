"""First run of a real archive: questions in their order, each answer checked, settings written."""
