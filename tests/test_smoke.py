import voxpop


def test_public_names_are_sorted() -> None:
    assert voxpop.__all__ == sorted(voxpop.__all__)
