"""Tables of scanning, page readings and paper."""
