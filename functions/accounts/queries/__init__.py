"""Every SQL statement of accounts, by table. Each names whose rows it touches."""
