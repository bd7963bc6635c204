"""Title and content kept apart, and found in fastText files."""

from pathlib import Path

from tests.plugins.files.review_files import REVIEWS, ROWS, load, rows_of, write_reviews


def test_title_and_content_are_kept_as_they_are(tmp_path: Path) -> None:
    splits, _ = load(write_reviews(tmp_path / "reviews.csv"), keep_apart=True)
    assert rows_of(splits.train) == REVIEWS
    assert [(e.extras["title"], e.extras["content"]) for e in splits.train] == [
        (title, content) for _, title, content in ROWS
    ]


def test_another_column_called_title_gets_another_name(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("label,title,head,content\na,x,H1,c1\nb,y,H2,c2\n")
    for apart, extras in (
        (True, {"title": "H1", "content": "c1", "title_column": "x"}),
        (False, {"title": "x"}),
    ):
        splits, _ = load(tmp_path / "r.csv", title_column="head", keep_apart=apart)
        assert splits.train[0].extras == extras


def test_fasttext_lines_are_parted_at_the_first_separator(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("__label__2 Good: it: works\n__label__1 no title here\n")
    splits, _ = load(tmp_path / "r.txt", title_separator=": ", keep_apart=True)
    assert [(e.extras["title"], e.extras["content"]) for e in splits.train] == [
        ("Good", "it: works"),
        ("", "no title here"),
    ]
