"""Models for others: packages that pip installs, and zip files."""
