// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/SmbTree.h"
#include "requester/copy/BackupAccess.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <libsmbclient.h>
#include <mutex>
#include <optional>
#include <sys/time.h>

namespace fss::requester {

namespace {

/// Samba's libraries log on, read configurations and load modules with global
/// state: one thread at a time.
std::mutex &sambaLock()
{
	static std::mutex lock;
	return lock;
}

FailureKind kindOf(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return FailureKind::Denied;
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
		return FailureKind::NotFound;
	case ECONNABORTED: // NT_STATUS_CONNECTION_DISCONNECTED
	case ENETRESET:    // NT_STATUS_CONNECTION_RESET
	case ECONNRESET:
	case ECONNREFUSED:
	case EPIPE:
	case ENOTCONN:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EBADF:
	case EIO:
	case EINVAL: // statuses without an errno, like NT_STATUS_NETWORK_NAME_DELETED
		return FailureKind::Unreachable;
	default:
		return FailureKind::Refused;
	}
}

Nanoseconds toNanoseconds(const timespec &time)
{
	return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

timeval toTimeval(Nanoseconds time)
{
	auto seconds = time / 1'000'000'000;
	auto rest = time % 1'000'000'000;
	if (rest < 0) {
		--seconds;
		rest += 1'000'000'000;
	}
	return {.tv_sec = seconds, .tv_usec = rest / 1000};
}

class SmbTree;

class SmbOutput : public RemoteOutput {
public:
	SmbOutput(SmbTree &tree, SMBCFILE *file, std::string path)
	        : tree_(tree), file_(file), path_(std::move(path))
	{
	}
	~SmbOutput() override { (void)close(); }

	Result<void> write(std::span<const std::byte> data, uint64_t offset) override;
	Result<void> truncate(uint64_t size) override;
	Result<void> close() override;

private:
	Result<void> seek(uint64_t offset);

	SmbTree &tree_;
	SMBCFILE *file_;
	std::string path_;
	uint64_t position_ = 0;
};

class SmbTree : public RemoteTree {
public:
	SmbTree(SmbPlace place, Login login, std::chrono::milliseconds timeout)
	        : place_(std::move(place)), login_(std::move(login)), timeout_(timeout)
	{
	}
	~SmbTree() override
	{
		std::lock_guard lock(sambaLock());
		if (context_)
			smbc_free_context(context_, 1);
	}

	Result<void> connect();

	Result<std::vector<RemoteEntry>> list(const std::string &path) override;
	Result<std::unique_ptr<RemoteFile>> open(const std::string &path,
	                                         bool withDescriptor) override
	{
		return backupAccess().and_then(
		        [&](auto *access) { return access->open(path, withDescriptor); });
	}
	Result<std::unique_ptr<RemoteOutput>> create(const std::string &path) override;
	Result<std::string> securityDescriptor(const std::string &path) override;
	Result<void> makeDirectory(const std::string &path) override;
	Result<void> rename(const std::string &from, const std::string &to) override;
	Result<void> remove(const std::string &path) override;
	Result<void> setTimes(const std::string &path, const FileTimes &times) override;
	Result<void> setAttributes(const std::string &path, uint16_t attributes) override;
	Result<void> setSecurityDescriptor(const std::string &path, const std::string &text,
	                                   DescriptorParts parts) override;

	SMBCCTX *context() const { return context_; }
	tl::unexpected<Failure> failure(const char *step, const std::string &path, int error) const;
	tl::unexpected<Failure> notConnected(int error) const;

private:
	static void authenticate(SMBCCTX *context, const char *server, const char *share,
	                         char *domain, int domainSize, char *user, int userSize,
	                         char *password, int passwordSize);
	Result<BackupAccess *> backupAccess();
	std::string address(const std::string &path) const
	{
		return "smb://" +
		       escapedAddress(place_.host, place_.share, joined(place_.path, path));
	}
	Result<void> checked(int rc, const char *step, const std::string &path) const
	{
		if (rc < 0)
			return failure(step, path, errno);
		return {};
	}
	SmbPlace place_;
	Login login_;
	std::chrono::milliseconds timeout_;
	SMBCCTX *context_ = nullptr;
	std::optional<BackupAccess> backupAccess_; ///< connected when it is first needed
};

tl::unexpected<Failure> SmbTree::failure(const char *step, const std::string &path, int error) const
{
	auto unc = place_.unc();
	auto below = path;
	std::replace(below.begin(), below.end(), '/', '\\');
	Failure result{
	        .kind = kindOf(error),
	        .server = place_.host,
	        .step = fmt::format("{} {}{}{}", step, unc, below.empty() ? "" : "\\", below),
	        .reason = strerror(error),
	        .advice = {}};
	if (result.kind == FailureKind::Denied)
		result.advice = "the user has not the rights for that";
	return tl::unexpected(std::move(result));
}

void SmbTree::authenticate(SMBCCTX *context, const char *, const char *, char *domain,
                           int domainSize, char *user, int userSize, char *password,
                           int passwordSize)
{
	auto copy = [](char *to, int size, const std::string &from) {
		if (!from.empty() && size > 0)
			snprintf(to, static_cast<size_t>(size), "%s", from.c_str());
	};
	auto *tree = static_cast<SmbTree *>(smbc_getOptionUserData(context));
	copy(domain, domainSize, tree->login_.domain);
	copy(user, userSize, tree->login_.user);
	copy(password, passwordSize, tree->login_.password);
}

// With its last context the library would free Samba's configuration and
// interfaces for the whole process, which has other connections to make.
bool libraryIsKept()
{
	static const auto *const kept = []() -> SMBCCTX * {
		auto *context = smbc_new_context();
		if (!context)
			return nullptr;
		smbc_setDebug(context, 0);
		smbc_setOptionDebugToStderr(context, 1);
		return smbc_init_context(context);
	}();
	return kept != nullptr;
}

// A name without realm is no principal that a password could get a ticket for, and as a
// principal it would be no name for NTLM.
bool triesKerberos(const Login &login)
{
	return login.kerberos == Kerberos::Required ||
	       (login.kerberos == Kerberos::Desired &&
	        (login.password.empty() || login.user.find('@') != login.user.npos));
}

Result<void> SmbTree::connect()
{
	std::lock_guard lock(sambaLock());
	if (!libraryIsKept())
		return failure("connect to", "", errno);
	context_ = smbc_new_context();
	if (!context_)
		return failure("connect to", "", ENOMEM);
	smbc_setDebug(context_, 0);
	smbc_setOptionDebugToStderr(context_, 1);
	smbc_setOptionUserData(context_, this);
	smbc_setFunctionAuthDataWithContext(context_, authenticate);
	smbc_setOptionUseKerberos(context_, triesKerberos(login_));
	smbc_setOptionFallbackAfterKerberos(context_, login_.kerberos != Kerberos::Required);
	smbc_setOptionUseNTHash(context_, login_.passwordIsNtHash);
	smbc_setOptionNoAutoAnonymousLogin(context_, 1);
	smbc_setOptionFullTimeNames(context_, 1);
	smbc_setTimeout(context_, static_cast<int>(timeout_.count()));
	if (login_.port != 0)
		smbc_setPort(context_, login_.port);
	if (!smbc_init_context(context_))
		return failure("connect to", "", errno);
	if (!login_.configFile.empty() &&
	    smbc_setConfiguration(context_, login_.configFile.c_str()) != 0)
		return failed({.kind = FailureKind::Local,
		               .step = fmt::format("read '{}'", login_.configFile),
		               .reason = "it is no smb.conf",
		               .advice = {}});
	smbc_setOptionProtocols(context_, "SMB2_02", "SMB3");

	struct stat status {};
	if (smbc_getFunctionStat(context_)(context_, address("").c_str(), &status) < 0)
		return notConnected(errno);
	return {};
}

tl::unexpected<Failure> SmbTree::notConnected(int error) const
{
	// That stands for any status that has no errno; another connection tells which.
	if (error == EINVAL) {
		auto told = BackupAccess::connect(place_, login_.port, timeout_);
		if (!told)
			return tl::unexpected(told.error());
	}
	auto result = failure("connect to", "", error);
	if (result.value().kind == FailureKind::Denied)
		result.value().advice =
		        "check user and password, or the Kerberos ticket ('klist', 'kinit'), and "
		        "who may use the share";
	return result;
}

Result<std::vector<RemoteEntry>> SmbTree::list(const std::string &path)
{
	auto *directory = smbc_getFunctionOpendir(context_)(context_, address(path).c_str());
	if (!directory)
		return failure("list", path, errno);
	std::vector<RemoteEntry> entries;
	errno = 0;
	while (const auto *info = smbc_getFunctionReaddirPlus(context_)(context_, directory)) {
		std::string name = info->name;
		if (name == "." || name == "..")
			continue;
		entries.push_back({.name = std::move(name),
		                   .directory = (info->attrs & 0x10) != 0,
		                   .size = info->size,
		                   .attributes = info->attrs,
		                   .times = {.created = toNanoseconds(info->btime_ts),
		                             .written = toNanoseconds(info->mtime_ts),
		                             .accessed = toNanoseconds(info->atime_ts)}});
	}
	smbc_getFunctionClosedir(context_)(context_, directory);
	return entries;
}

Result<std::unique_ptr<RemoteOutput>> SmbTree::create(const std::string &path)
{
	auto *file = smbc_getFunctionOpen(context_)(context_, address(path).c_str(),
	                                            O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (!file)
		return failure("create", path, errno);
	return std::make_unique<SmbOutput>(*this, file, path);
}

Result<BackupAccess *> SmbTree::backupAccess()
{
	if (!backupAccess_) {
		std::lock_guard lock(sambaLock());
		auto connected = BackupAccess::connect(place_, login_.port, timeout_);
		if (!connected)
			return tl::unexpected(connected.error());
		backupAccess_.emplace(std::move(*connected));
	}
	return &*backupAccess_;
}

Result<std::string> SmbTree::securityDescriptor(const std::string &path)
{
	return backupAccess().and_then(
	        [&](auto *access) { return access->securityDescriptor(path); });
}

Result<void> SmbTree::makeDirectory(const std::string &path)
{
	auto rc = smbc_getFunctionMkdir(context_)(context_, address(path).c_str(), 0700);
	if (rc < 0 && errno == EEXIST)
		return {};
	return checked(rc, "make directory", path);
}

Result<void> SmbTree::rename(const std::string &from, const std::string &to)
{
	return checked(smbc_getFunctionRename(context_)(context_, address(from).c_str(), context_,
	                                                address(to).c_str()),
	               "rename to", to);
}

Result<void> SmbTree::remove(const std::string &path)
{
	return checked(smbc_getFunctionUnlink(context_)(context_, address(path).c_str()), "remove",
	               path);
}

Result<void> SmbTree::setTimes(const std::string &path, const FileTimes &times)
{
	timeval values[2] = {toTimeval(times.accessed), toTimeval(times.written)};
	auto rc = smbc_getFunctionUtimes(context_)(context_, address(path).c_str(), values);
	auto done = checked(rc, "set the times of", path);
	// After a failure the library takes the server for an old one, which has
	// times of two seconds: it is to forget that.
	if (!done)
		smbc_getFunctionPurgeCachedServers(context_)(context_);
	return done;
}

Result<void> SmbTree::setAttributes(const std::string &path, uint16_t attributes)
{
	auto value = fmt::format("0x{:x}", attributes);
	auto rc = smbc_getFunctionSetxattr(context_)(context_, address(path).c_str(),
	                                             "system.dos_attr.mode", value.c_str(),
	                                             value.size(), 0);
	return checked(rc, "set the attributes of", path);
}

Result<void> SmbTree::setSecurityDescriptor(const std::string &path, const std::string &text,
                                            DescriptorParts parts)
{
	return backupAccess().and_then(
	        [&](auto *access) { return access->setSecurityDescriptor(path, text, parts); });
}

// --- SmbOutput

Result<void> SmbOutput::seek(uint64_t offset)
{
	if (offset == position_)
		return {};
	auto at = smbc_getFunctionLseek(tree_.context())(tree_.context(), file_,
	                                                 static_cast<off_t>(offset), SEEK_SET);
	if (at < 0)
		return tree_.failure("write", path_, errno);
	position_ = offset;
	return {};
}

Result<void> SmbOutput::write(std::span<const std::byte> data, uint64_t offset)
{
	if (auto done = seek(offset); !done)
		return done;
	while (!data.empty()) {
		auto put = smbc_getFunctionWrite(tree_.context())(tree_.context(), file_,
		                                                  data.data(), data.size());
		if (put <= 0)
			return tree_.failure("write", path_, put < 0 ? errno : ENOSPC);
		data = data.subspan(static_cast<size_t>(put));
		position_ += static_cast<uint64_t>(put);
	}
	return {};
}

Result<void> SmbOutput::truncate(uint64_t size)
{
	if (smbc_getFunctionFtruncate(tree_.context())(tree_.context(), file_,
	                                               static_cast<off_t>(size)) < 0)
		return tree_.failure("set the size of", path_, errno);
	return {};
}

Result<void> SmbOutput::close()
{
	auto *file = std::exchange(file_, nullptr);
	if (file && smbc_getFunctionClose(tree_.context())(tree_.context(), file) < 0)
		return tree_.failure("close", path_, errno);
	return {};
}

} // namespace

Connect smbConnect(const SmbPlace &place, const Login &login, std::chrono::milliseconds timeout)
{
	return [place, login, timeout]() -> Result<std::unique_ptr<RemoteTree>> {
		auto tree = std::make_unique<SmbTree>(place, login, timeout);
		if (auto done = tree->connect(); !done)
			return tl::unexpected(done.error());
		return tree;
	};
}

} // namespace fss::requester
