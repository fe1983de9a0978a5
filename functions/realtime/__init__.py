"""Open pages, told as it happens: tickets, sockets, topics and their deliveries."""
