"""The plain pages beside the Gradio one, and their style."""

from html import escape

PLAIN = """
:root {
  color-scheme: light dark;
  --page: #fbfbf9; --ink: #1c2530; --muted: #56616d; --edge: #7b8794; --link: #005a9c;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #13171c; --ink: #e3e7ec; --muted: #a3aebb; --edge: #6f7b89; --link: #7cc0ff; }
}
body {
  margin: 0; padding: 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
main { max-width: 50rem; margin: auto; }
h1 { font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
small { color: var(--muted); }
li { margin-bottom: 1rem; }
li p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
input, button {
  padding: .3rem .6rem; border: 1px solid var(--edge); border-radius: .3rem; font: inherit;
  background: var(--page); color: var(--ink);
}
"""


def plain_page(title: str, body: str) -> str:
    """Write a page of a heading and what follows, which is HTML already."""
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{PLAIN}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
