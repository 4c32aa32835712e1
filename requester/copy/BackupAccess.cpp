// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/BackupAccess.h"

#include "requester/protocol/Codes.h"
#include "requester/samba/fsrvp_client.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>

namespace fss::requester {

namespace {

TransportStatus transport(uint32_t status)
{
	return {.code = status,
	        .name = smbshadow_status_name(status),
	        .text = smbshadow_status_text(status)};
}

FailureKind kindOf(const TransportStatus &status)
{
	// Privileges that a server asks for to give a file to somebody else.
	if (status.name == "NT_STATUS_INVALID_OWNER" ||
	    status.name == "NT_STATUS_PRIVILEGE_NOT_HELD")
		return FailureKind::Denied;
	switch (smbshadow_status_errno(status.code)) {
	case EACCES:
	case EPERM:
		return FailureKind::Denied;
	case ENOENT:
	case ENOTDIR:
		return FailureKind::NotFound;
	default:
		return FailureKind::Refused;
	}
}

Failure failure(smbshadow_share *share, const char *step, const SmbPlace &place, uint32_t code)
{
	const auto status = transport(code);
	Failure result{.kind = kindOf(status),
	               .server = place.host,
	               .step = fmt::format("{} {}", step, place.unc()),
	               .code = code,
	               .reason = fmt::format("{} ({})", status.text, status.name),
	               .advice = {}};
	if (smbshadow_share_is_lost(share, code))
		result.kind = FailureKind::Unreachable;
	else if (result.kind == FailureKind::Denied)
		result.advice = "the user has not the rights for that";
	return result;
}

std::string wirePath(const SmbPlace &place)
{
	auto result = place.path;
	std::ranges::replace(result, '/', '\\');
	return result;
}

class OpenFile : public RemoteFile {
public:
	static Result<std::unique_ptr<OpenFile>> open(smbshadow_share *share, SmbPlace place,
	                                              unsigned what, const char *step)
	{
		smbshadow_file *file = nullptr;
		const uint32_t status =
		        smbshadow_file_open(share, wirePath(place).c_str(), what, &file);
		if (status != 0)
			return failed(failure(share, step, place, status));
		return std::unique_ptr<OpenFile>(new OpenFile(share, std::move(place), file));
	}
	~OpenFile() override { smbshadow_file_close(file_); }

	Result<size_t> read(std::span<std::byte> buffer, uint64_t offset) override
	{
		size_t got = 0;
		const uint32_t status =
		        smbshadow_file_read(file_, buffer.data(), buffer.size(), offset, &got);
		if (status != 0)
			return failed(failure(share_, "read", place_, status));
		return got;
	}
	Result<std::string> securityDescriptor() override
	{
		const char *text = nullptr;
		const uint32_t status = smbshadow_file_descriptor(file_, &text);
		if (status != 0)
			return failed(failure(share_, "read the ACL of", place_, status));
		return std::string(text);
	}

private:
	OpenFile(smbshadow_share *share, SmbPlace place, smbshadow_file *file)
	        : share_(share), place_(std::move(place)), file_(file)
	{
	}

	smbshadow_share *share_;
	SmbPlace place_;
	smbshadow_file *file_;
};

} // namespace

void BackupAccess::Disconnect::operator()(smbshadow_share *share) const
{
	smbshadow_share_disconnect(share);
}

BackupAccess::BackupAccess(SmbPlace place, Connection connection)
        : place_(std::move(place)), connection_(std::move(connection))
{
}

Result<BackupAccess> BackupAccess::connect(const SmbPlace &place, uint16_t port,
                                           std::chrono::milliseconds timeout)
{
	const smbshadow_target target{.host = place.host.c_str(),
	                              .port = port,
	                              .call_timeout_ms = static_cast<uint32_t>(timeout.count()),
	                              .seal = false};
	smbshadow_share *share = nullptr;
	const uint32_t status = smbshadow_share_connect(&target, place.share.c_str(), &share);
	if (status != 0) {
		auto told = transport(status);
		told.stage = TransportStatus::Stage::Session;
		return failed(unreachable(place.host, "connect to " + place.unc(), told));
	}
	return BackupAccess(place, Connection(share));
}

SmbPlace BackupAccess::at(const std::string &path) const
{
	return {.host = place_.host, .share = place_.share, .path = joined(place_.path, path)};
}

Result<std::unique_ptr<RemoteFile>> BackupAccess::open(const std::string &path, bool withDescriptor)
{
	unsigned what = SMBSHADOW_DATA;
	if (withDescriptor)
		what |= SMBSHADOW_DESCRIPTOR;
	return OpenFile::open(connection_.get(), at(path), what, "open");
}

Result<std::string> BackupAccess::securityDescriptor(const std::string &path)
{
	return OpenFile::open(connection_.get(), at(path), SMBSHADOW_DESCRIPTOR, "read the ACL of")
	        .and_then([](auto file) { return file->securityDescriptor(); });
}

Result<void> BackupAccess::setSecurityDescriptor(const std::string &path, const std::string &text,
                                                 DescriptorParts parts)
{
	const auto place = at(path);
	const uint32_t status =
	        smbshadow_share_set_descriptor(connection_.get(), wirePath(place).c_str(),
	                                       text.c_str(), parts == DescriptorParts::All);
	if (status != 0)
		return failed(failure(connection_.get(), "set the ACL of", place, status));
	return {};
}

} // namespace fss::requester
