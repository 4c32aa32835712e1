# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Samba in the sandbox, with its own clients."""

pytest_plugins = ["sandbox_plugin"]
