"""The web page: one review, a file of reviews, the model in service.

It asks the API over HTTP and holds no model. `page` puts the tabs together; `server` serves them,
and what the file tab made.
"""
