from voxpop.nearest import nearest


def test_the_nearest_name_is_proposed() -> None:
    assert nearest("bilst", ["linear", "bilstm"]) == ". Did you mean 'bilstm'?"


def test_nothing_is_proposed_when_nothing_is_near() -> None:
    assert nearest("bilstm", ["words", "files"]) == ""
    assert nearest("bilstm", []) == ""
