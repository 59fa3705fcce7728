"""edXML packets (QCVN 102:2016) as a way in."""
