"""The routes of accounts, by who calls them."""
