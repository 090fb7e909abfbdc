"""What runs inside the programs that scenarios disturb: their settings, and where they break."""
