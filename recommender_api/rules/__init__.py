"""What a tenant may decide about answers: filters, and the rules built on them."""
