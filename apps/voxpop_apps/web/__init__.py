"""What the API and the page share as servers."""
