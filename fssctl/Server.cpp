// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Server.h"

#include "abi/AgentParts.h"
#include "fss_version.h"
#include "fssctl/Interrupt.h"
#include "fssctl/samba/samba_process.h"

#include <cerrno>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace fssctl {

using fss::AgentParts;
using fss::Answer;
using fss::CallPtr;
using fss::HResult;
using fss::Result;

namespace {

// The host's log callback has no place for it, and there is one host.
struct Logged {
	Server::Say say;
	std::string operation; ///< of the call under way, whose refusal becomes its error
	std::string refusal;
};

Logged logged;

// "OPERATION: CODE: why" is how the agent logs a refusal.
bool takeRefusal(std::string_view line)
{
	if (logged.operation.empty() || !line.starts_with(logged.operation + ": "))
		return false;
	line.remove_prefix(logged.operation.size() + 2);
	logged.refusal = line.substr(line.find(": ") == line.npos ? 0 : line.find(": ") + 2);
	return true;
}

void logLine(void *host, fss_log_level level, const char *text)
{
	fssctl_samba_ops()->log(host, level, text);
	if (level <= FSS_LOG_NOTICE && !takeRefusal(text) && level <= FSS_LOG_WARNING && logged.say)
		logged.say(text);
}

tl::unexpected<fss::Error> unusable(const std::string &step, int error, std::string advice)
{
	return fss::fail(HResult::Fail, step, error, std::move(advice));
}

} // namespace

struct Server::Parts {
	~Parts()
	{
		agent.reset();
		stores.reset();
		providers.reset();
		logged.say = nullptr;
		if (host == nullptr)
			return;
		fssctl_samba_messages();
		fssctl_samba_close(host);
	}

	ServerOptions options;
	fss_host_ops ops{};
	void *host = nullptr;
	fss::SystemClock clock;
	std::unique_ptr<fss::HostAdapter> adapter;
	std::unique_ptr<fss::HostStores> stores;
	std::unique_ptr<fss::HostProviders> providers;
	std::unique_ptr<AgentParts> agent;

	fss::Caller caller() const;
	using Start = std::function<void(const CallPtr &)>;
	/// interruptible: ends early where a signal has come; the work itself does
	/// not, it is finished by whoever opens the store next.
	Result<Answer> wait(fss_method method, std::string operation, const Start &start,
	                    bool interruptible = true);
};

Server::Server() : parts_(std::make_unique<Parts>()) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const ServerOptions &options, Say say)
{
	const auto optional = [](const std::string &text) {
		return text.empty() ? nullptr : text.c_str();
	};
	const int loaded =
	        fssctl_samba_load(optional(options.configFile), optional(options.logDirectory));
	if (loaded == ENOTSUP)
		return unusable(fmt::format("fssctl was built for Samba {} but Samba {} is "
		                            "installed",
		                            fss_version_built(), fss_version_running()),
		                0, "install the samba-fss built for that one: samba-fss-rebuild");
	if (loaded != 0)
		return unusable(
		        fmt::format("read the configuration '{}'", fssctl_samba_config_file()),
		        loaded, "name the server's smb.conf with -s, and check it with testparm");
	std::unique_ptr<Server> server(new Server());
	auto &parts = *server->parts_;
	parts.options = options;
	parts.ops = *fssctl_samba_ops();
	parts.ops.log = logLine;
	logged.say = std::move(say);
	if (const int error = fssctl_samba_open(&parts.host); error != 0)
		return unusable("join Samba's processes", error,
		                "fssctl needs root, and smb.conf's lock directory and private dir");
	parts.adapter = std::make_unique<fss::HostAdapter>(parts.ops, parts.host);
	parts.stores = std::make_unique<fss::HostStores>(parts.ops, parts.host);
	parts.providers =
	        std::make_unique<fss::HostProviders>(*parts.ops.snapshot_helper(parts.host));
	return server;
}

Result<Survey> Server::survey()
{
	fss::Journal journal(parts_->stores->store, *parts_->adapter);
	return fss::caught([&] { return readSurvey(journal, parts_->clock); });
}

std::optional<fss::LastVolume> Server::lastVolume(const std::string &share)
{
	fss::Journal journal(parts_->stores->store, *parts_->adapter);
	auto transaction = journal.begin();
	return transaction ? transaction->lastVolume(share).value_or(std::nullopt) : std::nullopt;
}

std::string Server::snapshotPath(const fss::ShadowCopy &copy)
{
	const fss::SnapshotRef ref{copy.id, copy.volume, copy.snapshotUuid, copy.path};
	return parts_->providers->all.exposedPath(ref, "");
}

fss::Options Server::options()
{
	return fss::Options(*parts_->adapter);
}

std::vector<std::string> Server::names()
{
	return parts_->adapter->serverNames();
}

fss::HostAdapter &Server::host()
{
	return *parts_->adapter;
}

fss::SnapshotProvider &Server::providers()
{
	return parts_->providers->all;
}

fss::ShareGuard &Server::guard()
{
	return parts_->providers->guard;
}

Result<void> Server::openAgent()
{
	if (parts_->agent)
		return {};
	return fss::caught([&]() -> Result<void> {
		auto agent = std::make_unique<AgentParts>(parts_->ops, parts_->host);
		if (auto opened = agent->agent.open(); !opened)
			return opened;
		parts_->agent = std::move(agent);
		return {};
	});
}

fss::Caller Server::Parts::caller() const
{
	fss::Caller caller;
	caller.account = options.account;
	// With one set at a time a client is its address: two commands are two.
	caller.address = fmt::format("fssctl[{}]", getpid());
	caller.connection = 1;
	caller.protection = FSS_PROTECTION_PRIVACY;
	caller.permitted = true;
	return caller;
}

Result<Answer> Server::Parts::wait(fss_method method, std::string operation, const Start &start,
                                   bool interruptible)
{
	Result<Answer> result = fss::fail(HResult::Fail, "interrupted");
	const auto call = std::make_shared<fss::Call>(
	        method, caller(),
	        [&result](HResult code, const Answer &answer) {
		        if (code == HResult::Ok)
			        result = answer;
		        else
			        result = fss::fail(code, logged.refusal.empty()
			                                         ? std::string(name(code))
			                                         : logged.refusal);
	        },
	        std::move(operation));
	logged.refusal.clear();
	logged.operation = call->operation();
	start(call);
	while (!call->answered() && !(interruptible && interrupted())) {
		pollfd ready{agent->executor.fd(), POLLIN, 0};
		if (poll(&ready, 1, 1000) < 0 && errno != EINTR)
			break;
		agent->executor.dispatch([this] { agent->agent.tick(); });
	}
	logged.operation.clear();
	call->abandon();
	return result;
}

Result<Answer> Server::call(const fss_request &request)
{
	if (auto opened = openAgent(); !opened)
		return tl::unexpected(opened.error());
	return parts_->wait(request.method, {},
	                    [&](const CallPtr &call) { parts_->agent->agent.call(call, request); });
}

Result<void> Server::abort(const fss::SetId &set)
{
	constexpr bool interruptible = false;
	return parts_
	        ->wait(
	                FSS_ABORT_SHADOW_COPY_SET, {},
	                [&](const CallPtr &call) { parts_->agent->agent.remove(call, set); },
	                interruptible)
	        .map([](const auto &) {});
}

Result<void> Server::remove(const fss::SetId &set)
{
	if (auto opened = openAgent(); !opened)
		return opened;
	return parts_
	        ->wait(FSS_ABORT_SHADOW_COPY_SET, "DeleteShadowCopySet",
	               [&](const CallPtr &call) { parts_->agent->agent.remove(call, set); })
	        .map([](const auto &) {});
}

Result<void> Server::remove(const fss::SetId &set, const MappingName &mapping)
{
	if (auto opened = openAgent(); !opened)
		return opened;
	return parts_
	        ->wait(FSS_DELETE_SHARE_MAPPING, {},
	               [&](const CallPtr &call) {
		               parts_->agent->agent.remove(call, set, mapping.copy, mapping.share);
	               })
	        .map([](const auto &) {});
}

Result<void> Server::forget(const fss::SetId &set, const std::vector<MappingName> &mappings)
{
	if (auto opened = openAgent(); !opened)
		return opened;
	std::vector<fss::Agent::MappingKey> keys;
	for (const auto &mapping : mappings)
		keys.push_back({mapping.copy, mapping.share});
	return parts_
	        ->wait(FSS_DELETE_SHARE_MAPPING, "ForgetShareMapping",
	               [&](const CallPtr &call) { parts_->agent->agent.forget(call, set, keys); })
	        .map([](const auto &) {});
}

Result<void> Server::sweep()
{
	if (auto opened = openAgent(); !opened)
		return opened;
	return parts_
	        ->wait(FSS_ABORT_SHADOW_COPY_SET, "Sweep",
	               [&](const CallPtr &call) { parts_->agent->agent.sweep(call); })
	        .map([](const auto &) {});
}

} // namespace fssctl
