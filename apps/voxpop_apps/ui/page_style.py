"""The style of the plain pages beside the Gradio one."""

PLAIN = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; }
main { max-width: 50rem; margin: auto; }
h1 { font-size: 1.4rem; }
li { margin-bottom: 1rem; }
li p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
"""
