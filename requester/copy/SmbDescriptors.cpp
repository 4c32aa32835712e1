// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/SmbDescriptors.h"

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

} // namespace

void SmbDescriptors::Disconnect::operator()(smbshadow_share *share) const
{
	smbshadow_share_disconnect(share);
}

SmbDescriptors::SmbDescriptors(SmbPlace place, Connection connection)
        : place_(std::move(place)), connection_(std::move(connection))
{
}

Result<SmbDescriptors> SmbDescriptors::connect(const SmbPlace &place, uint16_t port,
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
	return SmbDescriptors(place, Connection(share));
}

std::string SmbDescriptors::below(const std::string &path) const
{
	auto result = joined(place_.path, path);
	std::ranges::replace(result, '/', '\\');
	return result;
}

Failure SmbDescriptors::failure(const char *step, const std::string &path, uint32_t code) const
{
	const auto status = transport(code);
	const SmbPlace file{
	        .host = place_.host, .share = place_.share, .path = joined(place_.path, path)};
	Failure result{.kind = kindOf(status),
	               .server = place_.host,
	               .step = fmt::format("{} {}", step, file.unc()),
	               .code = code,
	               .reason = fmt::format("{} ({})", status.text, status.name),
	               .advice = {}};
	if (smbshadow_share_is_lost(connection_.get(), code))
		result.kind = FailureKind::Unreachable;
	else if (result.kind == FailureKind::Denied)
		result.advice = "the user has not the rights for that";
	return result;
}

Result<std::string> SmbDescriptors::read(const std::string &path)
{
	const char *text = nullptr;
	const uint32_t status =
	        smbshadow_share_get_descriptor(connection_.get(), below(path).c_str(), &text);
	if (status != 0)
		return failed(failure("read the ACL of", path, status));
	return std::string(text);
}

Result<void> SmbDescriptors::write(const std::string &path, const std::string &text,
                                   DescriptorParts parts)
{
	const uint32_t status =
	        smbshadow_share_set_descriptor(connection_.get(), below(path).c_str(), text.c_str(),
	                                       parts == DescriptorParts::All);
	if (status != 0)
		return failed(failure("set the ACL of", path, status));
	return {};
}

} // namespace fss::requester
