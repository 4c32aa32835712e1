// SPDX-License-Identifier: GPL-3.0-or-later
/// Snapperd over the system bus, by sdbus-c++.
#include "snapper_backend/Encoding.h"
#include "snapper_backend/Replies.h"
#include "snapper_backend/Sdbus.h"
#include "snapper_backend/SnapperService.h"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace fss::snapper {

namespace {

constexpr const char *destination = "org.opensuse.Snapper";
constexpr const char *object = "/org/opensuse/Snapper";
constexpr const char *interface = "org.opensuse.Snapper";

struct Meaning {
	std::string_view error;
	int errnum;
	const char *advice;
};

constexpr auto noService = "install snapper and see that D-Bus can start snapperd";
constexpr auto busy = "see systemctl status snapperd, and /var/log/snapper.log";

constexpr const char *noAccess =
        "the system bus or snapperd does not allow Samba's daemons to use snapper: look at the "
        "bus's policy for org.opensuse.Snapper, and AppArmor or SELinux";

// The bus's errors, and those of snapperd's Client::dispatch().
constexpr std::array meanings{
        Meaning{"org.freedesktop.DBus.Error.ServiceUnknown", ENOSYS, noService},
        Meaning{"org.freedesktop.DBus.Error.FileNotFound", ENOENT, "is a system bus running?"},
        Meaning{"org.freedesktop.DBus.Error.NoReply", ECONNRESET, busy},
        Meaning{"org.freedesktop.DBus.Error.Disconnected", ECONNRESET, busy},
        Meaning{"org.freedesktop.DBus.Error.Timeout", ETIMEDOUT, busy},
        Meaning{"org.freedesktop.DBus.Error.TimedOut", ETIMEDOUT, busy},
        Meaning{"org.freedesktop.DBus.Error.AccessDenied", EPERM, noAccess},
        Meaning{"error.no_permissions", EPERM, noAccess},
        Meaning{"error.unknown_config", ESRCH, "see snapper list-configs"},
        Meaning{"error.illegal_snapshot", ESTALE, "see snapper list"},
        Meaning{"error.config_in_use", EBUSY, "a comparison is under way; try again"},
        Meaning{"error.snapshot_in_use", EBUSY, "it is mounted through snapper: snapper umount"},
        Meaning{"error.config_locked", EBUSY, "another program has locked the configuration"},
};

tl::unexpected<Error> failure(const std::string &step, const sdbus::Error &error)
{
	Meaning meaning{"", 0, busy};
	for (const auto &known : meanings)
		if (error.getName() == known.error)
			meaning = known;
	// sdbus-c++ names errors of the library "System.Error.EXYZ".
	if (meaning.errnum == 0)
		for (const auto &[name, errnum] :
		     {std::pair("ETIMEDOUT", ETIMEDOUT), std::pair("ENOENT", ENOENT),
		      std::pair("ECONNREFUSED", ENOENT), std::pair("ENXIO", EBADMSG),
		      std::pair("EBADMSG", EBADMSG), std::pair("ENOTCONN", ECONNRESET)})
			if (error.getName() == fmt::format("System.Error.{}", name) ||
			    error.getName() == fmt::format("org.freedesktop.DBus.Error.{}", name))
				meaning.errnum = errnum;
	if (meaning.errnum == 0)
		meaning.errnum = EIO;
	return fail(HResult::Fail,
	            fmt::format("{} ({}: {})", step, encode(error.getName()),
	                        encode(error.getMessage())),
	            meaning.errnum, meaning.advice);
}

class BusSession : public Session {
public:
	BusSession()
	        : connection_(sdbus::createSystemBusConnection()),
	          proxy_(sdbus::createProxy(*connection_, ServiceName(destination),
	                                    ObjectPath(object)))
	{
	}

	Result<std::vector<Config>> configs(Timeout timeout) override
	{
		std::vector<sdbus::Struct<std::string, std::string, UserData>> reply;
		auto done = call(
		        "list snapper's configurations", "ListConfigs", timeout, [](auto &) {},
		        [&](auto &message) { message >> reply; });
		if (!done)
			return tl::unexpected(done.error());
		return readConfigs({reply.begin(), reply.end()});
	}

	Result<std::vector<Snapshot>> snapshots(const std::string &config, Timeout timeout) override
	{
		std::vector<sdbus::Struct<uint32_t, uint16_t, uint32_t, int64_t, uint32_t,
		                          std::string, std::string, UserData>>
		        reply;
		auto done = call(
		        fmt::format("list snapshots of snapper's configuration {}", config),
		        "ListSnapshots", timeout, [&](auto &message) { message << encode(config); },
		        [&](auto &message) { message >> reply; });
		if (!done)
			return tl::unexpected(done.error());
		return readSnapshots({reply.begin(), reply.end()});
	}

	Result<uint32_t> create(const Creation &creation, Timeout timeout) override
	{
		UserData data;
		for (const auto &[key, value] : creation.userData)
			data[encode(key)] = encode(value);
		uint32_t number = 0;
		auto done = call(
		        fmt::format("make a snapshot with snapper's configuration {}",
		                    creation.config),
		        "CreateSingleSnapshotV2", timeout,
		        [&](auto &message) {
			        message << encode(creation.config) << uint32_t(0)
			                << creation.readOnly << encode(creation.description)
			                << std::string() << data;
		        },
		        [&](auto &message) { message >> number; });
		if (!done)
			return tl::unexpected(done.error());
		return number;
	}

	Result<void> remove(const std::string &config, const std::vector<uint32_t> &numbers,
	                    Timeout timeout) override
	{
		return call(
		        fmt::format("delete snapshots of snapper's configuration {}", config),
		        "DeleteSnapshots", timeout,
		        [&](auto &message) { message << encode(config) << numbers; },
		        [](auto &) {});
	}

private:
	template <class Write, class Read>
	Result<void> call(const std::string &step, const char *method, Timeout timeout, Write write,
	                  Read read)
	{
		try {
			auto message = proxy_->createMethodCall(InterfaceName(interface),
			                                        MethodName(method));
			write(message);
			auto reply = proxy_->callMethod(
			        message,
			        static_cast<uint64_t>(std::chrono::microseconds(timeout).count()));
			read(reply);
			return {};
		} catch (const sdbus::Error &error) {
			return failure(step, error);
		}
	}

	std::unique_ptr<sdbus::IConnection> connection_;
	std::unique_ptr<sdbus::IProxy> proxy_;
};

class Bus : public Service {
public:
	Result<std::unique_ptr<Session>> connect() override
	{
		try {
			return std::make_unique<BusSession>();
		} catch (const sdbus::Error &error) {
			return failure("reach snapper: connect to the system bus", error);
		}
	}
};

} // namespace

std::unique_ptr<Service> systemService()
{
	return std::make_unique<Bus>();
}

} // namespace fss::snapper
