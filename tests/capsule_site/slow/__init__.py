"""An application whose data handlers take as long as the suite lets them."""
