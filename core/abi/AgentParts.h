// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "abi/HostAdapter.h"
#include "abi/HostStore.h"
#include "agent/Agent.h"
#include "base/OpenFiles.h"
#include "base/ThreadExecutor.h"
#include "fss.h"
#include "gate/SharedGate.h"
#include "provider/Providers.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "provider/vfs/GuardProcess.h"
#include "provider/vfs/VfsProvider.h"
#include "snapper_backend/SnapperProvider.h"
#include "store/LayeredStore.h"

namespace fss {

/// The state store of a host, as all its workers see it.
struct HostStores {
	HostStores(const fss_host_ops &ops, void *host)
	        : working(ops, host, FSS_STORE_WORKING),
	          disk(ops, host, FSS_STORE_DISK),
	          layered(working, disk),
	          store(ops.store_is_single(host) ? static_cast<StateStore &>(disk) : layered)
	{
	}

	HostStore working;
	HostStore disk;
	LayeredStore layered;
	StateStore &store;
};

/// All who can make snapshots.
struct HostProviders {
	explicit HostProviders(const fss_snapshot_helper &helper)
	        : HostProviders(HookProgram{helper.program, helper.configuration, helper.log_file,
	                                    helper.records})
	{
	}
	explicit HostProviders(const HookProgram &program) : hooks(program), guard(program) {}

	BtrfsProvider btrfs;
	VfsProvider hooks;
	GuardProcess guard;
	SnapperProvider snapper{snapper::systemService()};
	Providers all{{{ProviderChoice::Snapper, "snapper", snapper},
	               {ProviderChoice::Btrfs, "btrfs", btrfs},
	               {ProviderChoice::Vfs, "vfs", hooks}}};
};

/// An agent and all that it works with.
struct AgentParts {
	// Prepare, Commit, Delete … of several sets beside each other.
	static constexpr size_t threads = 8;

	AgentParts(const fss_host_ops &ops, void *host)
	        : adapter(ops, host),
	          stores(ops, host),
	          providers(*ops.snapshot_helper(host)),
	          gate(ops.gate_directory(host)),
	          executor(threads)
	{
		allowManyOpenFiles();
	}
	~AgentParts() { executor.stop(); }

	HostAdapter adapter;
	HostStores stores;
	HostProviders providers;
	SharedGate gate;
	SystemClock clock;
	ThreadExecutor executor;
	Agent agent{{adapter, stores.store, adapter, providers.all, gate, executor, clock, adapter,
	             providers.guard}};
};

} // namespace fss
