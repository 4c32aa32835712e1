// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/SmbTree.h"
#include "requester/samba/fsrvp_client.h"

namespace fss::requester {

// Apart from the rest, which tests use without Samba's threads.
void allowThreads()
{
	smbshadow_allow_threads();
}

} // namespace fss::requester
