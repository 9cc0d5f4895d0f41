"""What reconciler/model.py is made of; import from there."""
