// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/AgentParts.h"

#include <cerrno>
#include <fmt/format.h>
#include <memory>

/// What the C handle stands for.
struct fss_agent : fss::AgentParts {
	using AgentParts::AgentParts;
};

struct fss_call {
	fss::CallPtr call;
};

namespace {

// Nothing thrown crosses the C interface.
template <class Fn> bool guarded(fss_agent *agent, const char *what, Fn fn) noexcept
{
	try {
		fn();
		return true;
	} catch (const std::exception &error) {
		agent->adapter.ops().log(agent->adapter.host(), FSS_LOG_ERROR,
		                         fmt::format("{}: {}", what, error.what()).c_str());
	} catch (...) {
		agent->adapter.ops().log(agent->adapter.host(), FSS_LOG_ERROR, what);
	}
	return false;
}

fss::Caller callerOf(const fss_caller &caller)
{
	fss::Caller out;
	out.account = caller.account != nullptr ? caller.account : "";
	out.user = caller.user != nullptr ? caller.user : "";
	out.address = caller.address != nullptr ? caller.address : "";
	out.connection = caller.connection;
	out.protection = caller.protection;
	// MS-FSRVP product note 4, and what Samba's own agent grants.
	out.permitted = caller.is_system || caller.is_administrator || caller.is_backup_operator ||
	                caller.has_backup_privilege;
	out.session = caller.session;
	return out;
}

void reply(fss_done_fn done, void *arg, fss::HResult result, const fss::Answer &answer)
{
	fss_reply wire{};
	wire.result = static_cast<uint32_t>(result);
	wire.min_version = answer.minVersion;
	wire.max_version = answer.maxVersion;
	wire.set_id = answer.set.guid().wire();
	wire.copy_id = answer.copy.guid().wire();
	wire.supported = answer.supported;
	wire.owner_machine_name = answer.owner.c_str();
	wire.present = answer.present;
	wire.compatibility = answer.compatibility;
	wire.share_name_unc = answer.shareNameUnc.c_str();
	wire.shadow_copy_share_name = answer.exposedName ? answer.exposedName->c_str() : nullptr;
	wire.creation_timestamp = answer.created;
	done(arg, &wire);
}

} // namespace

const char *fss_boot_id(void)
{
	return fss::Owner::thisBoot().c_str();
}

int fss_agent_create(const fss_host_ops *ops, void *host, fss_agent **agent)
{
	*agent = nullptr;
	try {
		auto made = std::make_unique<fss_agent>(*ops, host);
		if (auto opened = made->agent.open(); !opened) {
			ops->log(host, FSS_LOG_ERROR, opened.error().text().c_str());
			return opened.error().errnum != 0 ? opened.error().errnum : EIO;
		}
		*agent = made.release();
		return 0;
	} catch (const std::exception &error) {
		ops->log(host, FSS_LOG_ERROR, error.what());
		return ENOMEM;
	}
}

void fss_agent_free(fss_agent *agent)
{
	delete agent;
}

int fss_agent_fd(const fss_agent *agent)
{
	return agent->executor.fd();
}

void fss_agent_dispatch(fss_agent *agent)
{
	guarded(agent, "dispatch", [&] { agent->executor.dispatch([&] { agent->agent.tick(); }); });
}

void fss_agent_connection_closed(fss_agent *agent, uint64_t connection)
{
	guarded(agent, "close a connection", [&] { agent->agent.connectionClosed(connection); });
}

fss_call *fss_agent_call(fss_agent *agent, const fss_caller *caller, const fss_request *request,
                         fss_done_fn done, void *arg)
{
	// The handle exists before the call is made, and dies with its answer.
	struct Pending {
		bool answered = false;
		fss_call *handle = nullptr;
	};
	fss_call *handle = nullptr;
	fss::CallPtr call;
	const bool survived = guarded(agent, "call", [&] {
		auto pending = std::make_shared<Pending>();
		call = std::make_shared<fss::Call>(
		        request->method, callerOf(*caller),
		        [pending, done, arg](fss::HResult result, const fss::Answer &answer) {
			        pending->answered = true;
			        delete std::exchange(pending->handle, nullptr);
			        reply(done, arg, result, answer);
		        });
		agent->agent.call(call, *request);
		if (!pending->answered)
			handle = pending->handle = new fss_call{call};
	});
	if (survived)
		return handle;
	if (call)
		call->answer(fss::HResult::Fail); // unless it has been
	else
		reply(done, arg, fss::HResult::Fail, {});
	return nullptr;
}

void fss_call_abandon(fss_call *call)
{
	call->call->abandon();
	delete call;
}
