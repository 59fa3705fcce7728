"""Tables of retention, holds, disposition and removal."""
