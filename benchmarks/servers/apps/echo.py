"""A FastAPI route that gives back what it was given: what HTTP, JSON and validation cost alone."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel


class Review(BaseModel):
    """A review."""

    content: str


app = FastAPI()


@app.post("/predict")
async def echo(review: Review) -> Review:
    """Give the review back."""
    return review
