"""Functions that really run: AWS's own runtime interface client against a Runtime API of ours."""
