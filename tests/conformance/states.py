# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of MS-FSRVP 3.1.1.3 as a client brings them about and sees them.

NoContext            no SetContext is in force
ContextSet           one is, and no set was started
Started … Recovered  the set's Status
Gone                 the set was there, and was deleted
Unknown              the id is nobody's, while another set is Started
"""

import dataclasses
import uuid

from fsrvp import Context, HResult
from shadow_copies import ok, refused

NOBODYS = uuid.UUID("12345678-1234-1234-1234-123456789abc")
ABSENT = (HResult.INVALID_ARGUMENT, HResult.SHADOWCOPYSET_ID_MISMATCH)


@dataclasses.dataclass
class Scene:
    """A set as a test sees it: share is added from Added on, other is free to add."""
    client: object
    name: str
    other: str
    set_id: uuid.UUID = NOBODYS
    copy_id: uuid.UUID = NOBODYS


def no_context(scene, context):
    pass


def context_set(scene, context):
    ok(scene.client.set_context(context))


def started(scene, context):
    context_set(scene, context)
    scene.set_id = ok(scene.client.start()).set_id


def added(scene, context):
    started(scene, context)
    scene.copy_id = ok(scene.client.add(scene.set_id, scene.name)).copy_id


def creation_in_progress(scene, context):
    """A Commit that was given no time leaves this state, 3.1.4.5 step 5."""
    added(scene, context)
    refused(scene.client.commit(scene.set_id, milliseconds=0), HResult.COMMIT_TIMEOUT)


def committed(scene, context):
    added(scene, context)
    ok(scene.client.commit(scene.set_id))


def exposed(scene, context):
    committed(scene, context)
    ok(scene.client.expose(scene.set_id))


def recovered(scene, context):
    exposed(scene, context)
    ok(scene.client.recovery_complete(scene.set_id))


def gone(scene, context):
    recovered(scene, context)
    ok(scene.client.delete_share_mapping(scene.set_id, scene.copy_id, scene.name))


def unknown(scene, context):
    started(scene, context)
    scene.set_id = NOBODYS


STATES = {
    "NoContext": no_context,
    "ContextSet": context_set,
    "Started": started,
    "Added": added,
    "CreationInProgress": creation_in_progress,
    "Committed": committed,
    "Exposed": exposed,
    "Recovered": recovered,
    "Gone": gone,
    "Unknown": unknown,
}

# Whose sets have a snapshot, 3.1.4.10 step 3.
SHADOWED = ("Committed", "Exposed", "Recovered")
IN_PROGRESS = ("Started", "Added", "CreationInProgress", "Committed", "Exposed")


def scene(client, sandbox, state, context=Context.BACKUP):
    """Brings a set of share1 into a state."""
    made = Scene(client, sandbox.unc("share1"), sandbox.unc("share2"))
    STATES[state](made, context)
    return made


def observed(scene):
    """The state that a set is in. It is not kept: seeing it takes calls that go on from it."""
    client, set_id = scene.client, scene.set_id
    prepared = client.prepare(set_id).hresult
    if prepared == HResult.OK:
        return "Added"
    if prepared in ABSENT:
        return _without_set(client)
    if client.recovery_complete(set_id).hresult == HResult.OK:
        return "Exposed"
    if client.expose(set_id).hresult == HResult.OK:
        return "Committed"
    if client.commit(set_id).hresult == HResult.OK:
        return "CreationInProgress"
    if client.add(set_id, scene.other).hresult == HResult.OK:
        return "Started"
    if client.abort(set_id).hresult == HResult.BAD_STATE:
        return {"NoContext": "Recovered"}.get(_without_set(client), "Recovered in a context")
    return "none"


def _without_set(client):
    answers = {HResult.BAD_STATE: "NoContext", HResult.OK: "ContextSet",
               HResult.SHADOW_COPY_SET_IN_PROGRESS: "Unknown"}
    return answers.get(client.start().hresult, "none")
