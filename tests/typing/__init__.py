"""What a type checker says of scripts that use ipwrap."""
