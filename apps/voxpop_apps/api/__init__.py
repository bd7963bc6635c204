"""The API: a registered version behind HTTP, as quick and as safe as this machine can serve it."""
