// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Record.h"

#include "base/PathText.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <zlib.h>

namespace fss {

using nlohmann::json;

namespace {

// The format of a record. 2: a shadow copy has a path, which a reader of 1 would
// overlook, and so look for the snapshot in the wrong place.
constexpr std::string_view magic1 = "FSS1 ";
constexpr std::string_view magic2 = "FSS2 ";

uint32_t checksum(std::string_view text)
{
	return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef *>(text.data()),
	                                   static_cast<uInt>(text.size())));
}

std::string wrap(const json &value, std::string_view magic = magic1)
{
	const auto body = value.dump();
	return fmt::format("{}{:08x} {}\n{}", magic, checksum(body), body.size(), body);
}

// The JSON text of a sound record.
std::optional<std::string_view> unwrap(std::string_view bytes, std::string_view magic)
{
	const auto line = bytes.find('\n');
	if (!bytes.starts_with(magic) || line == bytes.npos || line < magic.size() + 10)
		return std::nullopt;
	const auto body = bytes.substr(line + 1);
	const auto header = bytes.substr(0, line);
	if (header != fmt::format("{}{:08x} {}", magic, checksum(body), body.size()))
		return std::nullopt;
	return body;
}

template <class T> std::optional<T> decode(std::string_view bytes, std::string_view magic = magic1)
{
	const auto body = unwrap(bytes, magic);
	if (!body)
		return std::nullopt;
	try {
		return json::parse(*body).get<T>();
	} catch (const std::exception &) {
		return std::nullopt;
	}
}

constexpr std::array<std::string_view, 5> jobNames{"prepare", "commit", "recovery", "undo",
                                                   "delete"};

Job::Kind jobKind(const std::string &text)
{
	for (size_t i = 0; i < jobNames.size(); i++)
		if (jobNames[i] == text)
			return static_cast<Job::Kind>(i);
	throw std::invalid_argument("unknown job");
}

// A value that must be there and legal; what is not makes the record foreign.
template <class T> T need(std::optional<T> value)
{
	if (!value)
		throw std::invalid_argument("illegal value");
	return *value;
}

std::string unescaped(const std::string &text)
{
	return need(unescapedPath(text));
}

std::string_view magicOf(const ShadowCopySet &set)
{
	const bool hasPath = std::any_of(set.copies.begin(), set.copies.end(),
	                                 [](const auto &copy) { return !copy.path.empty(); });
	return hasPath ? magic2 : magic1;
}

template <class T> json optionalJson(const std::optional<T> &value)
{
	return value ? json(*value) : json(nullptr);
}

template <class T> std::optional<T> optionalOf(const json &value)
{
	return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

} // namespace

template <class Tag> void to_json(json &j, const Id<Tag> &id)
{
	j = id.text();
}

template <class Tag> void from_json(const json &j, Id<Tag> &id)
{
	id = need(Id<Tag>::parse(j.get<std::string>()));
}

static void to_json(json &j, const Context &context)
{
	j = context.value();
}

static void from_json(const json &j, Context &context)
{
	context = need(Context::parse(j.get<uint32_t>()));
}

static void to_json(json &j, const Owner &owner)
{
	j = {{"boot", owner.bootId}, {"pid", owner.pid}, {"start", owner.startTime}};
}

static void from_json(const json &j, Owner &owner)
{
	owner = {j.at("boot"), j.at("pid"), j.at("start")};
}

static void to_json(json &j, const Job &job)
{
	j = {{"kind", jobNames.at(static_cast<size_t>(job.kind))}, {"owner", job.owner}};
}

static void from_json(const json &j, Job &job)
{
	job = {jobKind(j.at("kind")), j.at("owner").get<Owner>()};
}

static void to_json(json &j, const Volume &volume)
{
	j = {{"id", escapedPath(volume.id)},
	     {"root", escapedPath(volume.root)},
	     {"store", escapedPath(volume.store)}};
	if (volume.byHooks())
		j["share"] = volume.share;
}

static void from_json(const json &j, Volume &volume)
{
	volume = {unescaped(j.at("id")), unescaped(j.at("root")), unescaped(j.at("store")),
	          j.value("share", "")};
}

static void to_json(json &j, const ShareMapping &mapping)
{
	j = {{"unc", mapping.unc},
	     {"share", mapping.share},
	     {"exposed_name", mapping.exposedName},
	     {"path", escapedPath(mapping.relativePath)},
	     {"exposed", mapping.exposed},
	     {"deleting", mapping.deleting}};
}

static void from_json(const json &j, ShareMapping &mapping)
{
	mapping = {j.at("unc"),     j.at("share"),   j.at("exposed_name"), unescaped(j.at("path")),
	           j.at("exposed"), j.at("deleting")};
}

static void to_json(json &j, const ShadowCopy &copy)
{
	j = {{"id", copy.id},
	     {"volume", copy.volume},
	     {"created", copy.created},
	     {"taken", copy.taken},
	     {"uuid", copy.snapshotUuid},
	     {"transaction", copy.transaction},
	     {"deleting", copy.deleting},
	     {"mappings", copy.mappings}};
	if (!copy.path.empty())
		j["path"] = escapedPath(copy.path);
}

static void from_json(const json &j, ShadowCopy &copy)
{
	copy.id = j.at("id").get<CopyId>();
	copy.volume = j.at("volume").get<Volume>();
	copy.created = j.at("created");
	copy.taken = j.at("taken");
	copy.snapshotUuid = j.at("uuid");
	copy.transaction = j.at("transaction");
	copy.deleting = j.at("deleting");
	copy.mappings = j.at("mappings").get<std::vector<ShareMapping>>();
	copy.path = unescaped(j.value("path", ""));
}

static void to_json(json &j, const ShadowCopySet &set)
{
	j = {{"id", set.id},
	     {"status", name(set.status)},
	     {"context", set.context},
	     {"client", set.client},
	     {"account", set.account},
	     {"boot", set.bootId},
	     {"undoing", set.undoing},
	     {"committed", set.committed},
	     {"job", optionalJson(set.job)},
	     {"single_instant", set.singleInstant},
	     {"on_disk", set.onDisk},
	     {"copies", set.copies}};
}

static void from_json(const json &j, ShadowCopySet &set)
{
	set.id = j.at("id").get<SetId>();
	set.status = need(parseStatus(j.at("status").get<std::string>()));
	set.context = j.at("context").get<Context>();
	set.client = j.at("client");
	set.account = j.at("account");
	set.bootId = j.at("boot");
	set.undoing = j.at("undoing");
	set.singleInstant = j.value("single_instant", false);
	set.onDisk = j.value("on_disk", true);
	set.committed = j.at("committed");
	set.job = optionalOf<Job>(j.at("job"));
	set.copies = j.at("copies").get<std::vector<ShadowCopy>>();
}

static void to_json(json &j, const Deadline &deadline)
{
	j = {{"boot", deadline.bootId}, {"ms", deadline.sinceBoot.count()}};
}

static void from_json(const json &j, Deadline &deadline)
{
	deadline = {j.at("boot"), std::chrono::milliseconds(j.at("ms").get<int64_t>())};
}

static void to_json(json &j, const Session &session)
{
	j = {{"address", session.address},       {"worker", session.worker},
	     {"connection", session.connection}, {"connected", session.connected},
	     {"context", session.context},       {"retries", session.retryCount},
	     {"set", optionalJson(session.set)}, {"deadline", optionalJson(session.deadline)}};
}

static void from_json(const json &j, Session &session)
{
	session.address = j.at("address");
	session.worker = j.at("worker").get<Owner>();
	session.connection = j.at("connection");
	session.connected = j.at("connected");
	session.context = j.at("context").get<Context>();
	session.retryCount = j.at("retries");
	session.set = optionalOf<SetId>(j.at("set"));
	session.deadline = optionalOf<Deadline>(j.at("deadline"));
}

static void to_json(json &j, const ServerState &state)
{
	j = {{"sessions", state.sessions},
	     {"attention", state.attention},
	     {"workers", state.workers}};
}

static void from_json(const json &j, ServerState &state)
{
	state.sessions = j.at("sessions").get<std::vector<Session>>();
	state.attention = j.at("attention").get<std::vector<SetId>>();
	state.workers = j.at("workers").get<std::vector<Owner>>();
}

static void to_json(json &j, const VolumeUse &use)
{
	j = {{"copies", use.copies}, {"shadowed", use.shadowed}};
}

static void from_json(const json &j, VolumeUse &use)
{
	use = {j.at("copies"), j.at("shadowed")};
}

static void to_json(json &j, const LastVolume &last)
{
	j = {{"last_volume", escapedPath(last.volume)}, {"root", escapedPath(last.root)}};
}

static void from_json(const json &j, LastVolume &last)
{
	const auto textOf = [&](const char *member) {
		return need(unescapedPath(j.at(member).get<std::string>()));
	};
	last = {textOf("last_volume"), textOf("root")};
}

// A histogram of other bounds than these reads as foreign.
static void to_json(json &j, const Histogram &histogram)
{
	j = {{"bounds", Histogram::bounds},
	     {"buckets", histogram.buckets},
	     {"us", histogram.microseconds}};
}

static void from_json(const json &j, Histogram &histogram)
{
	if (j.at("bounds") != json(Histogram::bounds) ||
	    j.at("buckets").size() != histogram.buckets.size())
		throw std::invalid_argument("other buckets");
	histogram.buckets = j.at("buckets").get<decltype(histogram.buckets)>();
	histogram.microseconds = j.at("us");
}

static void to_json(json &j, const Counters &counters)
{
	j = {{"commits", counters.commits},
	     {"failed_commits", counters.failedCommits},
	     {"snapshots", counters.snapshots},
	     {"removed_sets", counters.removedSets},
	     {"expired_sets", counters.expiredSets},
	     {"failures", counters.failures},
	     {"hold", counters.hold},
	     {"flush", counters.flush}};
}

static void from_json(const json &j, Counters &counters)
{
	counters.commits = j.at("commits");
	counters.failedCommits = j.at("failed_commits");
	counters.snapshots = j.at("snapshots");
	counters.removedSets = j.at("removed_sets");
	counters.expiredSets = j.at("expired_sets");
	counters.failures = j.at("failures").get<std::map<uint32_t, uint64_t>>();
	counters.hold = j.at("hold").get<Histogram>();
	counters.flush = j.at("flush").get<Histogram>();
}

namespace record {

std::string encode(const ShadowCopySet &set)
{
	return wrap(set, magicOf(set));
}

std::string encode(const ServerState &state)
{
	return wrap(state);
}

std::string encode(const VolumeUse &use)
{
	return wrap(use);
}

std::string encode(const Counters &counters)
{
	return wrap(counters);
}

std::string encode(const LastVolume &last)
{
	return wrap(last);
}

std::optional<ShadowCopySet> decodeSet(std::string_view bytes)
{
	for (const auto magic : {magic1, magic2})
		if (auto set = decode<ShadowCopySet>(bytes, magic); set && magicOf(*set) == magic)
			return set;
	return std::nullopt;
}

std::optional<ServerState> decodeState(std::string_view bytes)
{
	return decode<ServerState>(bytes);
}

std::optional<VolumeUse> decodeVolumeUse(std::string_view bytes)
{
	return decode<VolumeUse>(bytes);
}

std::optional<Counters> decodeCounters(std::string_view bytes)
{
	return decode<Counters>(bytes);
}

std::optional<LastVolume> decodeLastVolume(std::string_view bytes)
{
	return decode<LastVolume>(bytes);
}

} // namespace record

} // namespace fss
