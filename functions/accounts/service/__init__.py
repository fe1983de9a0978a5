"""The rules of accounts, by topic. They know no framework and no cloud."""
