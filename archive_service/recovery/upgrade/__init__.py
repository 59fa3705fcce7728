"""An archive brought to a new release, proved before and after."""
