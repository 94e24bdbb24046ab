"""Nothing lost unnoticed: what came in is counted, and the ledger shows whether it adds up."""
