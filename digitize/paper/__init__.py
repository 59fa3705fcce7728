"""The paper half of case files: boxes, loans, moves."""
