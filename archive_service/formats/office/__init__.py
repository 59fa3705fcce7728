"""Words of Office Open XML and OpenDocument, for looking through them."""
