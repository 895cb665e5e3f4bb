"""The ledger, the run folders, and finding a run by what a user calls it."""
