// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/SetText.h"

#include "fssctl/Text.h"

#include <array>

namespace fssctl {

namespace {

constexpr std::array jobNames{"prepare", "commit", "recovery", "undo", "delete"};

Json jobJson(const fss::Job &job)
{
	return {{"kind", jobNames.at(static_cast<size_t>(job.kind))},
	        {"pid", job.owner.pid},
	        {"alive", job.owner.alive()}};
}

Json shareJson(const fss::ShareMapping &mapping, const std::string &host)
{
	Json out{{"share", mapping.share}, {"requested_as", mapping.unc}, {"exposed_as", nullptr}};
	if (const auto unc = exposedUnc(mapping, host))
		out["exposed_as"] = *unc;
	out["path_in_volume"] = mapping.relativePath;
	return out;
}

Json snapshotJson(const fss::ShadowCopy &copy, const std::optional<SnapshotView> &snapshot)
{
	if (!snapshot)
		return nullptr;
	Json out{{"path", snapshot->path},
	         {"uuid", copy.snapshotUuid},
	         {"taken", timeText(fss::unixSeconds(copy.taken))},
	         {"exclusive_bytes", nullptr},
	         {"referenced_bytes", nullptr}};
	if (snapshot->size) {
		out["exclusive_bytes"] = snapshot->size->exclusive;
		out["referenced_bytes"] = snapshot->size->referenced;
	}
	return out;
}

Json copyJson(const fss::ShadowCopy &copy, const std::optional<SnapshotView> &snapshot,
              const std::string &host)
{
	auto shares = Json::array();
	for (const auto &mapping : copy.mappings)
		shares.push_back(shareJson(mapping, host));
	return {{"id", copy.id.text()},
	        {"volume",
	         {{"id", copy.volume.id},
	          {"root", copy.volume.root},
	          {"provider", providerOf(copy.volume)}}},
	        {"snapshot", snapshotJson(copy, snapshot)},
	        {"shares", shares}};
}

template <class T, class Fn> Json orNull(const std::optional<T> &value, Fn text)
{
	return value ? Json(text(*value)) : Json(nullptr);
}

} // namespace

std::vector<std::optional<SnapshotView>> snapshotsOf(const SetView &view, Server &server)
{
	std::vector<std::optional<SnapshotView>> out;
	for (const auto &copy : view.set.copies) {
		out.emplace_back();
		if (copy.taken == 0)
			continue;
		const auto path = server.snapshotPath(copy);
		out.back() = SnapshotView{path, fss::snapshotSize(path)};
	}
	return out;
}

Json setJson(const SetView &view, Server &server, int64_t now)
{
	const auto &set = view.set;
	const auto names = server.names();
	const auto host = names.empty() ? std::string() : names.front();
	const auto snapshots = snapshotsOf(view, server);
	auto copies = Json::array();
	for (size_t i = 0; i < set.copies.size(); i++)
		copies.push_back(copyJson(set.copies[i], snapshots[i], host));
	return {{"id", set.id.text()},
	        {"state", view.state()},
	        {"context",
	         {{"value", set.context.value()},
	          {"name", contextText(set.context)},
	          {"persistent", set.context.persistent()},
	          {"auto_recovery", set.context.autoRecovery()}}},
	        {"client",
	         {{"address", set.client},
	          {"account", set.account},
	          {"connected", view.clientConnected}}},
	        {"created", orNull(view.created(), timeText)},
	        {"age_seconds", orNull(view.created(), [&](int64_t time) { return now - time; })},
	        {"timer_seconds_left",
	         orNull(view.timerLeft, [](auto time) { return time.count(); })},
	        {"job", set.job ? jobJson(*set.job) : Json(nullptr)},
	        {"single_instant", set.singleInstant},
	        {"shadow_copies", copies}};
}

std::optional<std::string> exposedUnc(const fss::ShareMapping &mapping, const std::string &host)
{
	if (!mapping.exposed || mapping.deleting)
		return std::nullopt;
	return "\\\\" + host + "\\" + mapping.exposedName;
}

std::string contextText(const fss::Context &context)
{
	// MS-FSRVP 2.2.2.2; ATTR_AUTO_RECOVERY and ATTR_NO_AUTO_RECOVERY beside.
	constexpr uint32_t recovery = 0x00400000 | 0x00000002;
	const auto base = [&]() -> std::string {
		switch (context.value() & ~recovery) {
		case 0x00:
			return "BACKUP";
		case 0x10:
			return "FILE_SHARE_BACKUP";
		case 0x19:
			return "NAS_ROLLBACK";
		case 0x09:
			return "APP_ROLLBACK";
		default:
			return fmt::format("0x{:08X}", context.value());
		}
	}();
	if (context.autoRecovery())
		return base + " with AUTO_RECOVERY";
	return context.noAutoRecovery() ? base + " with NO_AUTO_RECOVERY" : base;
}

std::string providerOf(const fss::Volume &volume)
{
	return volume.id.substr(0, volume.id.find(':'));
}

Colour colourOf(const SetView &view)
{
	if (view.set.undoing || (view.set.job && !view.worked))
		return Colour::Bad;
	return view.set.status == fss::Status::Recovered ? Colour::Good : Colour::Warning;
}

} // namespace fssctl
