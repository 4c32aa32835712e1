# SPDX-License-Identifier: GPL-3.0-or-later
"""Every method in every state, MS-FSRVP 3.1.4 and 3.1.1.3; the table is in matrix.py."""

import pytest

import leftovers
import matrix
import states
from fsrvp import HResult
from rules import METHODS, rule
from shadow_copies import ok, refused

SANDBOX = ["--shares", "2"]


def _start(scene):
    answer = scene.client.start()
    if answer.hresult == 0:
        scene.set_id = answer.outputs.set_id
    return answer


CALLS = {
    "GetSupportedVersion": lambda scene: scene.client.get_supported_version(),
    "SetContext": lambda scene: scene.client.set_context(0),
    "StartShadowCopySet": _start,
    "AddToShadowCopySet": lambda scene: scene.client.add(scene.set_id, scene.other),
    "PrepareShadowCopySet": lambda scene: scene.client.prepare(scene.set_id),
    "CommitShadowCopySet": lambda scene: scene.client.commit(scene.set_id),
    "ExposeShadowCopySet": lambda scene: scene.client.expose(scene.set_id),
    "RecoveryCompleteShadowCopySet": lambda scene: scene.client.recovery_complete(scene.set_id),
    "AbortShadowCopySet": lambda scene: scene.client.abort(scene.set_id),
    "IsPathSupported": lambda scene: scene.client.is_path_supported(scene.name),
    "IsPathShadowCopied": lambda scene: scene.client.is_path_shadow_copied(scene.name),
    "GetShareMapping": lambda scene: scene.client.get_share_mapping(scene.copy_id, scene.set_id, scene.name),
    "DeleteShareMapping": lambda scene: scene.client.delete_share_mapping(scene.set_id, scene.copy_id, scene.name),
}


def _cases():
    for cell in matrix.CELLS:
        marker = rule(METHODS[cell.method], "its answer in every state, and the state it leaves (see the matrix)")
        yield pytest.param(cell, marks=marker, id=f"{cell.method}-{cell.state}")


@rule("3.1.4", "all thirteen methods are checked in all states")
def test_the_matrix_is_complete():
    """No server is asked: the table must have all methods and states."""
    assert set(matrix.METHODS) == set(METHODS) == set(CALLS)
    assert matrix.STATES == tuple(states.STATES)
    assert len(matrix.CELLS) == len(METHODS) * len(states.STATES)


@pytest.mark.parametrize("cell", _cases())
def test_each_method_in_each_state(sandbox, client, dialect, cell):
    scene = states.scene(client, sandbox, cell.state)
    refused(CALLS[cell.method](scene), cell.hresult(dialect))
    assert states.observed(scene) in cell.after


@rule("3.1.4.8 step 3", "calls that a set refuses for its state leave nothing that Abort does not undo")
@pytest.mark.parametrize("state", states.IN_PROGRESS)
def test_abort_after_refused_calls(sandbox, client, state):
    scene = states.scene(client, sandbox, state)
    methods = [cell.method for cell in matrix.CELLS if cell.state == state and cell.answer == "bad"]
    assert methods
    for method in methods:
        refused(CALLS[method](scene), HResult.BAD_STATE)
    ok(client.abort(scene.set_id))
    leftovers.assert_none(sandbox)
