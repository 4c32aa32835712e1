# SPDX-License-Identifier: GPL-3.0-or-later
"""Every method in every state: what it answers and which state it leaves.

A cell is ANSWER, or ANSWER>STATE where the state changes. Answers are
    ok    0
    bad   FSRVP_E_BAD_STATE
    busy  FSRVP_E_SHADOW_COPY_SET_IN_PROGRESS
    id    unknown set: by dialect
    none  FSRVP_E_OBJECT_NOT_FOUND
    done  GetShareMapping of a Recovered set: by dialect
A state left can be one of several where the protocol does not say; NoContext
is then what MS-FSRVP 3.1.4.12 forgets to say of a set's last mapping.
"""

import dataclasses

from fsrvp import HResult

_TABLE = """
method                       | NoContext    | ContextSet | Started         | Added           | CreationInProgress | Committed       | Exposed                  | Recovered                  | Gone          | Unknown
GetSupportedVersion          | ok           | ok         | ok              | ok              | ok                 | ok              | ok                       | ok                         | ok            | ok
SetContext                   | ok>ContextSet| ok         | ok>ContextSet   | ok>ContextSet   | ok>ContextSet      | ok>ContextSet   | ok>ContextSet            | ok>Recovered in a context  | ok>ContextSet | ok>ContextSet
StartShadowCopySet           | bad          | ok>Started | busy            | busy            | busy               | busy            | busy                     | bad                        | bad           | busy
AddToShadowCopySet           | id           | id         | ok>Added        | ok              | bad                | bad             | bad                      | bad                        | id            | id
PrepareShadowCopySet         | id           | id         | bad             | ok              | bad                | bad             | bad                      | bad                        | id            | id
CommitShadowCopySet          | id           | id         | bad             | ok>Committed    | ok>Committed       | bad             | bad                      | bad                        | id            | id
ExposeShadowCopySet          | id           | id         | bad             | bad             | bad                | ok>Exposed      | bad                      | bad                        | id            | id
RecoveryCompleteShadowCopySet| id           | id         | bad             | bad             | bad                | bad             | ok>Recovered             | bad                        | id            | id
AbortShadowCopySet           | id           | id         | ok>NoContext    | ok>NoContext    | ok>NoContext       | ok>NoContext    | ok>NoContext             | bad                        | id            | id
IsPathSupported              | ok           | ok         | ok              | ok              | ok                 | ok              | ok                       | ok                         | ok            | ok
IsPathShadowCopied           | ok           | ok         | ok              | ok              | ok                 | ok              | ok                       | ok                         | ok            | ok
GetShareMapping              | id           | id         | bad             | bad             | bad                | bad             | ok                       | done                       | id            | id
DeleteShareMapping           | none         | none       | bad             | bad             | bad                | bad             | ok>NoContext/ContextSet  | ok>NoContext               | none          | none
"""


@dataclasses.dataclass(frozen=True)
class Cell:
    """answer: as in the table. after: the states that may follow."""
    method: str
    state: str
    answer: str
    after: tuple

    def hresult(self, dialect):
        return {"ok": HResult.OK, "bad": HResult.BAD_STATE, "busy": HResult.SHADOW_COPY_SET_IN_PROGRESS,
                "id": dialect.unknown_set, "none": HResult.OBJECT_NOT_FOUND,
                "done": dialect.mapping_of_recovered}[self.answer]


def _parse(table):
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    states = header[1:]
    for method, *cells in rows:
        assert len(cells) == len(states), method
        for state, cell in zip(states, cells):
            answer, _, after = cell.partition(">")
            # A set that is gone is seen as its context is.
            unchanged = "NoContext" if state == "Gone" else state
            yield Cell(method, state, answer, tuple(after.split("/")) if after else (unchanged,))


CELLS = tuple(_parse(_TABLE))
METHODS = tuple(dict.fromkeys(cell.method for cell in CELLS))
STATES = tuple(dict.fromkeys(cell.state for cell in CELLS))
