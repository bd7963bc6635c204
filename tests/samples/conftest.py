"""The samples are distributions of their own: their tests run where they are installed."""

collect_ignore = ["voxpop-shout", "voxpop-broken", "broken_parts"]
