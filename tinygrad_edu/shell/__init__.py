"""The command line, its commands, and a loss typed as a formula."""
