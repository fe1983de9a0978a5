"""Accounts: who a person is, how they sign in, what they have earned, and how they leave."""
