# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test's clients made, so that it can be undone whatever the test did."""

import time
import uuid

import fsrvp
from fsrvp import HResult, RpcFault

# The distribution's agent names snapshots by the second.
SECOND = 1.0
# How long a test waits for an answer; no rule needs more.
ANSWER_SECONDS = 30


class Client(fsrvp.Client):
    """A client that writes down what it made."""

    def __init__(self, sandbox, user=None, **options):
        super().__init__(sandbox.host, sandbox.port, *(user or sandbox.admin), **{"seconds": ANSWER_SECONDS, **options})
        self._ledger = sandbox.ledger
        self._address = options.get("source_address")

    def set_context(self, context):
        answer = super().set_context(context)
        if answer.hresult == HResult.OK:
            self._ledger.addresses.add(self._address)
        return answer

    def start(self, client_set_id=None):
        answer = super().start(client_set_id)
        if answer.hresult == HResult.OK:
            self._ledger.sets[answer.outputs.set_id] = []
        return answer

    def add(self, set_id, name, client_copy_id=None):
        answer = super().add(set_id, name, client_copy_id)
        if answer.hresult == HResult.OK:
            self._ledger.sets.setdefault(uuid.UUID(str(set_id)), []).append((answer.outputs.copy_id, name))
        return answer


class Ledger:
    """sets: by id, the (copy id, name) pairs added. addresses: that set a context."""

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self.sets = {}
        self.addresses = set()

    def tidy(self, pause=False):
        """Undoes it all; returns whether the agent is ready for the next client."""
        if not self.sets and not self.addresses:
            return True
        if pause and any(self.sets.values()):
            time.sleep(SECOND)
        try:
            with self._sandbox.client(seconds=ANSWER_SECONDS) as client:
                for set_id, copies in self.sets.items():
                    self._remove(client, set_id, copies)
                free = self._is_free(client)
            for address in self.addresses - {None}:
                with self._sandbox.client(source_address=address, seconds=ANSWER_SECONDS) as client:
                    free = free and self._is_free(client)
            return free
        except (RpcFault, OSError):
            return False

    @staticmethod
    def _remove(client, set_id, copies):
        if client.abort(set_id).hresult == HResult.OK:
            return
        for copy_id, name in copies:
            client.delete_share_mapping(set_id, copy_id, name)

    @staticmethod
    def _is_free(client):
        """Whether a set can be made from the client's address; ends the session that it has."""
        for _ in range(2):  # a refusal at the retry limit ends the session, too
            client.set_context(0)
            started = client.start()
            if started.hresult == HResult.OK:
                return client.abort(started.outputs.set_id).hresult == HResult.OK
        return False
