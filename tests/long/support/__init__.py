"""What the measurements in Python share."""
