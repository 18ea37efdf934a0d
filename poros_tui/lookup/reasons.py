"""Why an address has no name, network or place, in a few words for the hop's panel."""

from typing import Final

NO_RECORD: Final = "no PTR record"
NOT_A_NAME: Final = "its PTR record is no name"
NO_SERVER: Final = "no name server is configured"
SILENT: Final = "no name server answers"
NOT_ANNOUNCED: Final = "nobody announces this address"
NOT_PUBLIC: Final = "not a public address"
NO_PLACE: Final = "nobody says where it is"
