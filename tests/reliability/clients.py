# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that make and delete sets and write down what they were told."""

import collections
import threading
import uuid

from fsrvp import Context, HResult, describe
from told import Fate, Mapping

CONTEXTS = (Context.FILE_SHARE_BACKUP, Context.NAS_ROLLBACK, Context.APP_ROLLBACK | Context.AUTO_RECOVERY,
            Context.BACKUP)
CALL_SECONDS = 20

# To a set that must be there, these answers are a loss.
UNKNOWN = (HResult.OBJECT_NOT_FOUND, HResult.SHADOWCOPYSET_ID_MISMATCH, HResult.INVALID_ARGUMENT)


class Lost(Exception):
    """The connection is gone, and whether the call was carried out is not known."""


class Refused(Exception):
    def __init__(self, method, hresult):
        super().__init__(f"{method}: {describe(hresult)}")
        self.method = method
        self.hresult = hresult


class LoadClient:
    """One client's connection. told: the Told that it writes to."""

    def __init__(self, sandbox, told, rng, errors=None, **options):
        self.sandbox = sandbox
        self._told = told
        self._rng = rng
        self.errors = errors if errors is not None else collections.Counter()
        self.answers = 0
        self._options = {"seconds": CALL_SECONDS, **options}
        self._client = None

    def _connect(self):
        if self._client is None:
            try:
                self._client = self.sandbox.client(**self._options)
            except Exception as error:  # Impacket has no common class for them
                raise Lost(f"connect: {error}") from None
        return self._client

    def close(self):
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close()
            except Exception:
                pass  # there was nothing left to close

    def _call(self, method, *arguments):
        client = self._connect()
        try:
            answer = getattr(client, method)(*arguments)
        except Exception as error:
            self.close()
            raise Lost(f"{method}: {error}") from None
        self.answers += 1
        if answer.hresult != HResult.OK:
            raise Refused(method, answer.hresult)
        return answer.outputs

    def make(self, shares, context=None):
        """Makes a set up to Recovered and returns what is known of it."""
        context = self._rng.choice(CONTEXTS) if context is None else context
        token = uuid.UUID(int=self._rng.getrandbits(128)).hex
        for share in shares:
            (self.sandbox.shares[share].path / token).write_text(token, encoding="ascii")
        self._call("set_context", context)
        known = self._told.began(self._call("start").set_id, token)
        try:
            self._finish(known, shares)
        except Refused:
            self._abort_quietly(known)
            raise
        for share in shares:
            (self.sandbox.shares[share].path / token).unlink()
        return known

    def _finish(self, known, shares):
        for share in shares:
            copy_id = self._call("add", known.set_id, self.sandbox.unc(share)).copy_id
            known.mappings.append(Mapping(share, copy_id))
        self._call("prepare", known.set_id)
        self._call("commit", known.set_id)
        self._call("expose", known.set_id)
        for mapping in known.mappings:
            mapping.exposed = self.exposed_name(known, mapping)
        known.set_fate(Fate.EITHER)
        self._call("recovery_complete", known.set_id)
        known.set_fate(Fate.KEPT)

    def _abort_quietly(self, known):
        """As a client does whose set cannot be finished; the error before is what counts."""
        try:
            self._call("abort", known.set_id)
        except Refused:
            pass

    def exposed_name(self, known, mapping):
        answer = self._call("get_share_mapping", mapping.copy_id, known.set_id, self.sandbox.unc(mapping.share))
        return answer.mapping.shadow_copy_share_name

    def delete(self, known):
        """Deletes all of a set that is there."""
        for mapping in known.mappings:
            before, mapping.fate = mapping.fate, Fate.EITHER
            try:
                self._call("delete_share_mapping", known.set_id, mapping.copy_id, self.sandbox.unc(mapping.share))
            except Refused as error:
                if before is Fate.KEPT and error.hresult not in UNKNOWN:
                    mapping.fate = before
                elif before is Fate.KEPT:
                    self.errors["lost set"] += 1
                raise
            mapping.fate = Fate.GONE

    def read_back(self, known, mapping):
        """What an exposed share has for the set's token."""
        with self.sandbox.connect(mapping.exposed, **self._options) as share:
            return share.read(known.token).decode("ascii")


class Load(threading.Thread):
    """A client that makes sets and deletes some of them until told to stop."""

    def __init__(self, sandbox, told, rng, keep=0.3, **options):
        super().__init__(daemon=True)
        self.errors = collections.Counter()
        self._rng = rng
        self._keep = keep
        self._shares = list(sandbox.shares)
        self._client = LoadClient(sandbox, told, rng, self.errors, **options)
        self.made = self.deleted = 0
        self.fault = None
        self._stop_asked = threading.Event()

    @property
    def answers(self):
        """How many calls were answered so far."""
        return self._client.answers

    def stop(self):
        self._stop_asked.set()

    def run(self):
        try:
            while not self._stop_asked.is_set():
                self._one_set()
        except Exception as error:  # a fault of the test itself, reported by join_all()
            self.fault = error
        finally:
            self._client.close()

    def _one_set(self):
        shares = self._rng.sample(self._shares, self._rng.randint(2, len(self._shares)))
        try:
            known = self._client.make(shares)
            self.made += 1
            if self._rng.random() >= self._keep:
                self._client.delete(known)
                self.deleted += 1
        except Lost as error:
            self.errors[str(error).partition(":")[0] + ": connection lost"] += 1
            self._stop_asked.wait(0.1)
        except Refused as error:
            self.errors[str(error)] += 1
            self._client.close()
            self._stop_asked.wait(0.2)


def join_all(loads, seconds=120):
    for load in loads:
        load.stop()
    for load in loads:
        load.join(seconds)
        assert not load.is_alive(), "a client does not come to an end"
        if load.fault:
            raise load.fault
    total = collections.Counter()
    for load in loads:
        total += load.errors
    return total
