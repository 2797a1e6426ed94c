"""What a plan was made for, in the tests of those that were saved."""

from golden.case import Case, given_of

from reconciler.model.plan import Header

HEADER = Header("ab", "0.1.0", "https://api.pinecone.io", "5eed", "default", "cd" * 32, 0)
GIVEN = given_of(Case(b"version: 1\n", {}, None, {}))
