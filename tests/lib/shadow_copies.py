# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's part of the normal sequence, MS-FSRVP 3.2.4, for tests."""

import contextlib
import dataclasses
import uuid

from fsrvp import Context, HResult, describe


def ok(answer):
    """The outputs of an answer that must be a success."""
    assert answer.hresult == HResult.OK, describe(answer.hresult)
    return answer.outputs


def refused(answer, *hresults):
    """The answer must be one of these errors."""
    expected = " or ".join(describe(hresult) for hresult in hresults)
    assert answer.hresult in hresults, f"{describe(answer.hresult)} instead of {expected}"


@dataclasses.dataclass
class ShadowCopySet:
    """set_id and, by share, the copies' ids and names of the exposed shares."""
    set_id: uuid.UUID
    copy_ids: dict
    mappings: dict

    def exposed(self, share):
        return self.mappings[share].shadow_copy_share_name


def start(client, context=Context.BACKUP):
    ok(client.set_context(context))
    return ok(client.start()).set_id


def added(client, sandbox, *shares, context=Context.BACKUP):
    """A set in state Added, with these shares."""
    set_id = start(client, context)
    copy_ids = {share: ok(client.add(set_id, sandbox.unc(share))).copy_id for share in shares}
    return ShadowCopySet(set_id, copy_ids, {})


def committed(client, sandbox, *shares, context=Context.BACKUP):
    made = added(client, sandbox, *shares, context=context)
    ok(client.prepare(made.set_id))
    ok(client.commit(made.set_id))
    return made


def exposed(client, sandbox, *shares, context=Context.BACKUP):
    made = committed(client, sandbox, *shares, context=context)
    ok(client.expose(made.set_id))
    for share, copy_id in made.copy_ids.items():
        made.mappings[share] = ok(client.get_share_mapping(copy_id, made.set_id, sandbox.unc(share))).mapping
    return made


def recovered(client, sandbox, *shares, context=Context.BACKUP):
    made = exposed(client, sandbox, *shares, context=context)
    ok(client.recovery_complete(made.set_id))
    return made


def delete(client, sandbox, made):
    for share, copy_id in made.copy_ids.items():
        ok(client.delete_share_mapping(made.set_id, copy_id, sandbox.unc(share)))


@contextlib.contextmanager
def shadow_copy_set(sandbox, *shares, context=Context.BACKUP, **options):
    """A set in state Recovered for the time of a with block."""
    with sandbox.client(**options) as client:
        made = recovered(client, sandbox, *shares, context=context)
        yield made
        delete(client, sandbox, made)
