"""What only some stores keep of work that was killed: the parts of unfinished uploads."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class AbandonsUploads(Protocol):
    """A store in which a killed upload leaves parts that no list shows.

    Optional: any other store leaves nothing, or clears up by itself.
    """

    def abandon_uploads(self, prefix: str, *, older_than_s: float) -> list[str]:
        """Remove the parts of the uploads that began longer ago; give their keys, sorted.

        Raises:
            StoreAccessError: this process has no right to.
        """
