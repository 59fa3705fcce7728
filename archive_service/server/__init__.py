"""Between sockets and the application: bodies are read before a thread is taken for them."""
