"""A local Pinecone for backups, restores and imports, in process and over real HTTP."""
