"""edXML packets carried out: received, recalled, replaced, answered."""
