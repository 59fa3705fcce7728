"""Packages carried on disks, encrypted or plain."""
