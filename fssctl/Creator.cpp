// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Creator.h"

#include "fssctl/Interrupt.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <fmt/format.h>
#include <iconv.h>
#include <memory>
#include <thread>

namespace fssctl {

using fss::HResult;
using fss::Result;

namespace {

// As long as a client would let Commit take: Windows gives 60 s, but here nobody
// loses a connection.
constexpr uint32_t timeoutMs = 600'000;
constexpr uint32_t persistentContext = 0x19; // CTX_NAS_ROLLBACK
constexpr uint32_t temporaryContext = 0x10;  // CTX_FILE_SHARE_BACKUP
constexpr std::chrono::milliseconds retryPause{200};

Result<std::vector<uint16_t>> utf16(std::string text)
{
	const auto *encoding = std::endian::native == std::endian::little ? "UTF-16LE" : "UTF-16BE";
	auto *const converter = iconv_open(encoding, "UTF-8");
	std::vector<uint16_t> units(text.size());
	auto *from = text.data();
	auto *to = reinterpret_cast<char *>(units.data());
	size_t left = text.size();
	size_t room = units.size() * sizeof(uint16_t);
	const bool done = iconv(converter, &from, &left, &to, &room) != static_cast<size_t>(-1);
	iconv_close(converter);
	if (!done)
		return fss::fail(HResult::InvalidArg,
		                 fmt::format("'{}' is no share name in UTF-8", text));
	units.resize(units.size() - room / sizeof(uint16_t));
	return units;
}

fss_request requestOf(fss_method method, const fss::SetId &set = {})
{
	fss_request request{};
	request.method = method;
	request.set_id = set.guid().wire();
	request.timeout_ms = timeoutMs;
	return request;
}

} // namespace

Result<fss::Answer> Creator::call(fss_request request)
{
	auto answer = server_.call(request);
	// A commit that takes longer than its caller waits goes on: ask again.
	while (!answer && answer.error().code == HResult::CommitTimeout && !interrupted())
		answer = server_.call(request);
	return answer;
}

Result<void> Creator::setContext()
{
	const auto end = std::chrono::steady_clock::now() + options_.wait;
	auto request = requestOf(FSS_SET_CONTEXT);
	request.context = options_.temporary ? temporaryContext : persistentContext;
	for (;;) {
		auto answer = call(request);
		if (answer || answer.error().code != HResult::SetInProgress || interrupted())
			return answer.map([](const auto &) {});
		if (std::chrono::steady_clock::now() >= end)
			return tl::unexpected(answer.error());
		std::this_thread::sleep_for(retryPause);
	}
}

Result<void> Creator::add(const std::string &share)
{
	auto name = utf16("\\\\" + host_ + "\\" + share);
	if (!name)
		return tl::unexpected(name.error());
	auto request = requestOf(FSS_ADD_TO_SHADOW_COPY_SET, set_);
	request.copy_id = fss::Guid::random().wire();
	request.name = name->data();
	request.name_units = name->size();
	auto added = call(request);
	if (!added) {
		auto error = added.error();
		error.step = fmt::format("share {}: {}", share, error.step);
		return tl::unexpected(error);
	}
	return {};
}

Result<void> Creator::steps(const Progress &progress)
{
	const size_t all = options_.shares.size() + 5;
	size_t done = 0;
	progress("start", done++, all);
	auto start = requestOf(FSS_START_SHADOW_COPY_SET, fss::SetId::random());
	auto started = call(start);
	if (!started)
		return tl::unexpected(started.error());
	set_ = started->set;
	for (const auto &share : options_.shares) {
		progress("add " + share, done++, all);
		if (auto added = add(share); !added)
			return added;
	}
	struct Step {
		fss_method method;
		const char *text;
	};
	constexpr std::array rest{Step{FSS_PREPARE_SHADOW_COPY_SET, "write out what is dirty"},
	                          Step{FSS_COMMIT_SHADOW_COPY_SET, "make the snapshots"},
	                          Step{FSS_EXPOSE_SHADOW_COPY_SET, "expose the shares"},
	                          Step{FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, "complete"}};
	for (const auto &[method, text] : rest) {
		if (interrupted())
			return fss::fail(HResult::Fail, "interrupted");
		progress(text, done++, all);
		if (auto answer = call(requestOf(method, set_)); !answer)
			return tl::unexpected(answer.error());
	}
	return {};
}

Result<fss::SetId> Creator::make(const Progress &progress)
{
	if (auto context = setContext(); !context)
		return tl::unexpected(context.error());
	auto made = steps(progress);
	if (made)
		return set_;
	if (auto gone = set_.isNil() ? Result<void>() : server_.abort(set_); !gone)
		made.error().step += "; and what was begun: " + gone.error().text();
	return tl::unexpected(made.error());
}

} // namespace fssctl
