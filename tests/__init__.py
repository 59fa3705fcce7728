"""Tests of the archive: real files, real tools, sentences for names."""
