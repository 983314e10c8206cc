"""What a tier may know: sensitive places stand in cells before anything is computed from them."""
