"""Danh mục hồ sơ: read, imported, approved."""
