"""Printed forms in the layout of NĐ 30/2020, as PDF/A."""
