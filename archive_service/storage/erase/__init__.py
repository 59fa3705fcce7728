"""The hands of the destroy gate, one a backend; nobody else may reach for them."""
